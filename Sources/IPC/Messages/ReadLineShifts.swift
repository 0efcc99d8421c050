package import NIOCore
package import Shared

/// What lines do at this moment, and what each has made in the shift it works.
package struct ReadLineShifts: WorkerCall {
    package static let kind = CallKind.readLineShifts
    package var mayBeRepeated: Bool { true }

    package var lines: LineSelection
    package var plant: PlantID?

    package init(lines: LineSelection, plant: PlantID? = nil) {
        self.lines = lines
        self.plant = plant
    }

    package func write(to buffer: inout ByteBuffer) {
        lines.write(to: &buffer)
        buffer.writeWireOptional(plant) { $0.writeInteger($1.rawValue) }
    }

    package init(from buffer: inout ByteBuffer) throws(WireError) {
        lines = try LineSelection(from: &buffer)
        plant = try buffer.readWireOptional { (buffer) throws(WireError) in PlantID(try buffer.readWireInteger()) }
    }
}
