package import NIOCore
package import Shared

/// Does what the gateway's schedule says is due. Answers 200 when it was done, and 202 when another one is doing it.
package struct DoScheduledWork: WorkerCall {
    package static let kind = CallKind.doScheduledWork
    package var mayBeRepeated: Bool { true }

    package var work: ScheduledWork

    package init(_ work: ScheduledWork) {
        self.work = work
    }

    package func write(to buffer: inout ByteBuffer) {
        buffer.writeInteger(Self.number(of: work))
    }

    package init(from buffer: inout ByteBuffer) throws(WireError) {
        let number: UInt8 = try buffer.readWireInteger()
        guard let work = ScheduledWork.allCases.first(where: { Self.number(of: $0) == number }) else {
            throw .invalidValue("work")
        }
        self.work = work
    }

    private static func number(of work: ScheduledWork) -> UInt8 {
        switch work {
        case .stops: 0
        case .upkeep: 1
        }
    }
}
