import Shared

/// The rows of a batch that can be stored, as columns, and what is wrong with the others.
struct DetectionBatch: Sendable {
    /// Rows of one request, at most.
    static let maximumRows = 10_000
    /// How far a detection may lie ahead of now.
    static let latestAhead: Int64 = 5 * 60 * 1_000_000
    static let longestEventID = 200

    struct Rejection: Sendable {
        var index: Int
        var code: ParameterFaultCode
        /// The field that is wrong.
        var field: String
    }

    /// Which row of the request each stored row was.
    private(set) var indices: [Int] = []
    private(set) var lines: [LineID] = []
    private(set) var areas: [AreaID] = []
    private(set) var products: [ProductID] = []
    private(set) var instants: [Instant] = []
    private(set) var eventIDs: [String?] = []
    private(set) var rejections: [Rejection] = []
    private(set) var received = 0

    mutating func append(
        line: LineID, area: AreaID, product: ProductID, at instant: Instant, eventID: String?
    ) {
        indices.append(received)
        lines.append(line)
        areas.append(area)
        products.append(product)
        instants.append(instant)
        eventIDs.append(eventID)
        received += 1
    }

    mutating func reject(_ code: ParameterFaultCode, _ field: String) {
        rejections.append(Rejection(index: received, code: code, field: field))
        received += 1
    }

    mutating func reject(row: Int, _ code: ParameterFaultCode, _ field: String) {
        rejections.append(Rejection(index: row, code: code, field: field))
    }
}
