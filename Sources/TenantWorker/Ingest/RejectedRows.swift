import Shared

/// The rows of a request that are not stored: how many, and the first of them in full, however many there are.
struct RejectedRows: Sendable {
    /// Rows that are told in full.
    let told: Int

    struct Row: Sendable {
        var index: Int
        var code: ParameterFaultCode
        /// The field that is wrong.
        var field: String
    }

    private(set) var count = 0
    /// By index.
    private(set) var first: [Row] = []

    init(told: Int = Int(RejectedLimit.unlessAsked)) {
        self.told = told
    }

    mutating func add(_ row: Row) {
        count += 1
        guard told > 0 else { return }
        if let last = first.last, first.count >= told {
            guard row.index < last.index else { return }
            first.removeLast()
        }
        let place = first.lastIndex { $0.index < row.index }.map { $0 + 1 } ?? 0
        first.insert(row, at: place)
    }
}
