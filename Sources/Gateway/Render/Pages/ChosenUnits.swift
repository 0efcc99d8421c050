import Shared

/// The areas and products that amounts are narrowed to; without any all products count, and the output.
struct ChosenUnits: Sendable {
    var areas: [AreaID] = []
    var products: [ProductID] = []

    var isAll: Bool { areas.isEmpty && products.isEmpty }

    /// As items of an address.
    var queryItems: [(String, String)] {
        areas.sorted().map { ("area_ids", "\($0)") } + products.sorted().map { ("product_ids", "\($0)") }
    }
}
