import Shared

/// Rows that can be stored, as columns.
struct DetectionBatch: Sendable {
    /// Rows of one batch, at most.
    static let maximumRows = 10_000
    /// How far a detection may lie ahead of now.
    static let latestAhead: Int64 = 5 * 60 * 1_000_000
    static let longestEventID = 200

    /// Which row of the request each row was.
    private(set) var indices: [Int] = []
    private(set) var lines: [LineID] = []
    private(set) var areas: [AreaID] = []
    private(set) var products: [ProductID] = []
    private(set) var instants: [Instant] = []
    private(set) var eventIDs: [String?] = []

    var count: Int { indices.count }

    mutating func append(
        _ index: Int, line: LineID, area: AreaID, product: ProductID, at instant: Instant, eventID: String?
    ) {
        indices.append(index)
        lines.append(line)
        areas.append(area)
        products.append(product)
        instants.append(instant)
        eventIDs.append(eventID)
    }

    mutating func removeAll() {
        indices.removeAll(keepingCapacity: true)
        lines.removeAll(keepingCapacity: true)
        areas.removeAll(keepingCapacity: true)
        products.removeAll(keepingCapacity: true)
        instants.removeAll(keepingCapacity: true)
        eventIDs.removeAll(keepingCapacity: true)
    }
}
