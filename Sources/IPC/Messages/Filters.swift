package import NIOCore
package import Shared

/// The filters of the dashboard with their defaults.
package struct ListFilters: WorkerCall {
    package static let kind = CallKind.listFilters
    package var mayBeRepeated: Bool { true }

    package init() {}

    package func write(to buffer: inout ByteBuffer) {}

    package init(from buffer: inout ByteBuffer) throws(WireError) {}
}

/// What may be chosen in one filter, narrowed by the filters it depends on.
package struct ListFilterOptions: WorkerCall {
    package static let kind = CallKind.listFilterOptions
    package var mayBeRepeated: Bool { true }

    package var filter: FilterKind
    package var plant: PlantID?
    package var line: LineID?

    package init(filter: FilterKind, plant: PlantID? = nil, line: LineID? = nil) {
        self.filter = filter
        self.plant = plant
        self.line = line
    }

    package func write(to buffer: inout ByteBuffer) {
        buffer.writeWireString(filter.rawValue)
        buffer.writeWireOptional(plant) { $0.writeInteger($1.rawValue) }
        buffer.writeWireOptional(line) { $0.writeInteger($1.rawValue) }
    }

    package init(from buffer: inout ByteBuffer) throws(WireError) {
        guard let filter = FilterKind(rawValue: try buffer.readWireString()) else { throw .invalidValue("filter") }
        self.filter = filter
        plant = try buffer.readWireOptional { (buffer) throws(WireError) in PlantID(try buffer.readWireInteger()) }
        line = try buffer.readWireOptional { (buffer) throws(WireError) in LineID(try buffer.readWireInteger()) }
    }
}

/// Whether the values of filters may be asked with. Body: their JSON, whose shape the gateway has checked.
package struct ValidateFilters: WorkerCall {
    package static let kind = CallKind.validateFilters
    package var mayBeRepeated: Bool { true }

    /// The period to compare with, which is no filter.
    package var comparison: PeriodRequest?

    package init(comparison: PeriodRequest? = nil) {
        self.comparison = comparison
    }

    package func write(to buffer: inout ByteBuffer) {
        buffer.writeWireOptional(comparison) { $1.write(to: &$0) }
    }

    package init(from buffer: inout ByteBuffer) throws(WireError) {
        // An older gateway has nothing to say.
        guard buffer.readableBytes > 0 else { return }
        comparison = try buffer.readWireOptional { (buffer) throws(WireError) in try PeriodRequest(from: &buffer) }
    }
}
