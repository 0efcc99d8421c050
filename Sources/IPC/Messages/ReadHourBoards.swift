package import NIOCore
package import Shared

/// The hours of a shift of lines: the one each works now, or that of a date. One board for all lines that work the same.
package struct ReadHourBoards: WorkerCall {
    package static let kind = CallKind.readHourBoards
    package var mayBeRepeated: Bool { true }

    package var lines: LineSelection
    package var plant: PlantID?
    /// The day the shift starts on; nil: what each line works now.
    package var date: LocalDate?
    /// Nil: the first shift of the date. Without a date it means nothing.
    package var shift: ShiftID?
    /// Whether each line has a board of its own.
    package var isByLine: Bool

    package init(
        lines: LineSelection, plant: PlantID? = nil, date: LocalDate? = nil, shift: ShiftID? = nil,
        isByLine: Bool = false
    ) {
        self.lines = lines
        self.plant = plant
        self.date = date
        self.shift = shift
        self.isByLine = isByLine
    }

    package func write(to buffer: inout ByteBuffer) {
        lines.write(to: &buffer)
        buffer.writeWireOptional(plant) { $0.writeInteger($1.rawValue) }
        buffer.writeWireOptional(date) { $0.writeInteger(Int64($1.dayNumber)) }
        buffer.writeWireOptional(shift) { $0.writeInteger($1.rawValue) }
        buffer.writeInteger(UInt8(isByLine ? 1 : 0))
    }

    package init(from buffer: inout ByteBuffer) throws(WireError) {
        lines = try LineSelection(from: &buffer)
        plant = try buffer.readWireOptional { (buffer) throws(WireError) in PlantID(try buffer.readWireInteger()) }
        date = try buffer.readWireOptional { (buffer) throws(WireError) in
            LocalDate(dayNumber: Int(try buffer.readWireInteger(as: Int64.self)))
        }
        shift = try buffer.readWireOptional { (buffer) throws(WireError) in ShiftID(try buffer.readWireInteger()) }
        isByLine = try buffer.readWireInteger(as: UInt8.self) != 0
    }
}
