package import NIOCore
package import Shared

/// From when to when the shift is that lines work now, or the one before it.
package struct ReadShiftPeriod: WorkerCall {
    package static let kind = CallKind.readShiftPeriod
    package var mayBeRepeated: Bool { true }

    package var lines: LineSelection
    package var plant: PlantID?
    /// Only workings of this shift; nil: of any.
    package var shift: ShiftID?
    /// Whether the one before it is meant.
    package var isLast: Bool

    package init(lines: LineSelection, plant: PlantID? = nil, shift: ShiftID? = nil, isLast: Bool = false) {
        self.lines = lines
        self.plant = plant
        self.shift = shift
        self.isLast = isLast
    }

    package func write(to buffer: inout ByteBuffer) {
        lines.write(to: &buffer)
        buffer.writeWireOptional(plant) { $0.writeInteger($1.rawValue) }
        buffer.writeWireOptional(shift) { $0.writeInteger($1.rawValue) }
        buffer.writeInteger(UInt8(isLast ? 1 : 0))
    }

    package init(from buffer: inout ByteBuffer) throws(WireError) {
        lines = try LineSelection(from: &buffer)
        plant = try buffer.readWireOptional { (buffer) throws(WireError) in PlantID(try buffer.readWireInteger()) }
        shift = try buffer.readWireOptional { (buffer) throws(WireError) in ShiftID(try buffer.readWireInteger()) }
        isLast = try buffer.readWireInteger(as: UInt8.self) != 0
    }
}
