package import NIOCore
package import Shared

/// One page of a line's single detections, newest first.
package struct ReadDetections: WorkerCall {
    package static let kind = CallKind.readDetections
    package var mayBeRepeated: Bool { true }

    package var line: LineID
    package var period: PeriodRequest
    /// 1…1 000.
    package var limit: UInt16
    /// The detection after which the page starts; nil for the first page.
    package var cursor: NewestFirstCursor?
    /// Whether each is told with the names and the weight it has, for whoever shows them.
    package var isDescribed: Bool

    package init(
        line: LineID, period: PeriodRequest, limit: UInt16, cursor: NewestFirstCursor? = nil, isDescribed: Bool = false
    ) {
        self.line = line
        self.period = period
        self.limit = limit
        self.cursor = cursor
        self.isDescribed = isDescribed
    }

    package func write(to buffer: inout ByteBuffer) {
        buffer.writeInteger(line.rawValue)
        period.write(to: &buffer)
        buffer.writeInteger(limit)
        buffer.writeWireOptional(cursor) { $1.write(to: &$0) }
        buffer.writeInteger(UInt8(isDescribed ? 1 : 0))
    }

    package init(from buffer: inout ByteBuffer) throws(WireError) {
        line = LineID(try buffer.readWireInteger())
        period = try PeriodRequest(from: &buffer)
        limit = try buffer.readWireInteger()
        cursor = try buffer.readWireOptional { (buffer) throws(WireError) in try NewestFirstCursor(from: &buffer) }
        // An older gateway does not say, and wants none of it.
        isDescribed = buffer.readableBytes == 0 ? false : try buffer.readWireInteger(as: UInt8.self) != 0
    }
}
