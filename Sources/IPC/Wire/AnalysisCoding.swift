package import NIOCore
package import Shared

extension AnalysisQuery: WireValue {
    package func write(to buffer: inout ByteBuffer) {
        period.write(to: &buffer)
        lines.write(to: &buffer)
        buffer.writeWireOptional(plant) { $0.writeInteger($1.rawValue) }
        buffer.writeWireOptional(shift) { $0.writeInteger($1.rawValue) }
        buffer.writeWireOptional(thresholdSeconds) { $0.writeInteger(UInt32($1)) }
    }

    package init(from buffer: inout ByteBuffer) throws(WireError) {
        let period = try PeriodRequest(from: &buffer)
        self.init(
            period: period,
            lines: try LineSelection(from: &buffer),
            plant: try buffer.readWireOptional { (buffer) throws(WireError) in PlantID(try buffer.readWireInteger()) },
            shift: try buffer.readWireOptional { (buffer) throws(WireError) in ShiftID(try buffer.readWireInteger()) },
            thresholdSeconds: try buffer.readWireOptional { (buffer) throws(WireError) in
                Int(try buffer.readWireInteger(as: UInt32.self))
            }
        )
    }
}

extension LineSelection: WireValue {
    package func write(to buffer: inout ByteBuffer) {
        switch self {
        case .all: buffer.writeInteger(UInt8(0))
        case .some(let lines):
            buffer.writeInteger(UInt8(1))
            buffer.writeWireList(lines) { $0.writeInteger($1.rawValue) }
        case .group(let group):
            buffer.writeMultipleIntegers(UInt8(2), group.rawValue)
        }
    }

    package init(from buffer: inout ByteBuffer) throws(WireError) {
        switch try buffer.readWireInteger(as: UInt8.self) {
        case 0: self = .all
        case 1:
            self = .some(
                try buffer.readWireList { (buffer) throws(WireError) in LineID(try buffer.readWireInteger()) })
        case 2: self = .group(LineGroupID(try buffer.readWireInteger()))
        default: throw .invalidValue("lines")
        }
    }
}

extension PeriodRequest: WireValue {
    package func write(to buffer: inout ByteBuffer) {
        from.write(to: &buffer)
        to.write(to: &buffer)
    }

    package init(from buffer: inout ByteBuffer) throws(WireError) {
        self.init(from: try PeriodBound(from: &buffer), to: try PeriodBound(from: &buffer))
    }
}

extension PeriodBound: WireValue {
    package func write(to buffer: inout ByteBuffer) {
        switch self {
        case .instant(let instant):
            buffer.writeMultipleIntegers(UInt8(0), instant.microseconds)
        case .date(let date):
            buffer.writeMultipleIntegers(UInt8(1), Int64(date.dayNumber))
        case .clock(let date, let time):
            buffer.writeMultipleIntegers(UInt8(2), Int64(date.dayNumber), UInt16(time.minuteOfDay))
        }
    }

    package init(from buffer: inout ByteBuffer) throws(WireError) {
        let kind: UInt8 = try buffer.readWireInteger()
        let number: Int64 = try buffer.readWireInteger()
        switch kind {
        case 0:
            self = .instant(Instant(microseconds: number))
        case 1:
            self = .date(LocalDate(dayNumber: Int(number)))
        case 2:
            guard let time = LocalTime(minuteOfDay: Int(try buffer.readWireInteger(as: UInt16.self))) else {
                throw .invalidValue("time of day")
            }
            self = .clock(LocalDate(dayNumber: Int(number)), time)
        default:
            throw .invalidValue("bound")
        }
    }
}

extension NewestFirstCursor: WireValue {
    package func write(to buffer: inout ByteBuffer) {
        buffer.writeMultipleIntegers(instant.microseconds, id)
    }

    package init(from buffer: inout ByteBuffer) throws(WireError) {
        let instant = Instant(microseconds: try buffer.readWireInteger())
        self.init(instant: instant, id: try buffer.readWireInteger())
    }
}
