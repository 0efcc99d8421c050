/// Where along its line an area lies. Dual lines have both ends.
package enum AreaType: String, CaseIterable, Sendable {
    case input
    case process
    case output
}

/// What a client says of an area of a line.
package struct AreaBody: MasterDataBody {
    /// A rectangle in the camera's own units.
    package struct Coordinates: Hashable, Sendable {
        package var x1: Double
        package var y1: Double
        package var x2: Double
        package var y2: Double

        package init(x1: Double, y1: Double, x2: Double, y2: Double) {
            self.x1 = x1
            self.y1 = y1
            self.x2 = x2
            self.y2 = y2
        }
    }

    package var line: LineID
    package var name: String
    package var type: AreaType
    package var order: Int64
    package var coordinates: Coordinates?
    package var isActive: Bool

    package init(_ fields: inout JSONFields) {
        line = fields.required(fields.identifier("line_id"), "line_id", LineID(1))
        name = fields.name("area_name")
        type = fields.required(fields.choice("area_type", of: AreaType.self), "area_type", .output)
        order = fields.integer("area_order", in: 0...10_000) ?? 0
        coordinates = fields.object("coordinates") { fields in
            let range: ClosedRange<Double> = -1_000_000...1_000_000
            let corners = Coordinates(
                x1: fields.required(fields.number("x1", in: range), "x1", 0),
                y1: fields.required(fields.number("y1", in: range), "y1", 0),
                x2: fields.required(fields.number("x2", in: range), "x2", 0),
                y2: fields.required(fields.number("y2", in: range), "y2", 0)
            )
            if corners.x2 <= corners.x1, !fields.hasFault("x1"), !fields.hasFault("x2") {
                fields.fault("x2", .outOfRange, limit: "> x1")
            }
            if corners.y2 <= corners.y1, !fields.hasFault("y1"), !fields.hasFault("y2") {
                fields.fault("y2", .outOfRange, limit: "> y1")
            }
            return corners
        }
        isActive = fields.bool("is_active") ?? true
    }
}
