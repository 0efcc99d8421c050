/// Rows of a part of an explanation, with what they come to.
struct ExplanationTable {
    struct Cell {
        var text: String
        var isNumber = false
        var badge: String?
        /// Where it leads.
        var address: String?
        /// Where the detections around it are asked for.
        var detections: String?
    }

    struct Row {
        var head: Cell
        var cells: [Cell]
    }

    let id: String
    let title: String
    let head: [Cell]
    let rows: [Row]
    let sum: Row?
    /// What has to be known to read it.
    let notes: [String]
    let isEmpty: Bool
    let emptyText: String?

    init(
        _ id: String, _ title: String, head: [Cell], rows: [Row], sum: Row? = nil, notes: [String] = [],
        emptyText: String? = nil
    ) {
        self.id = id
        self.title = title
        self.head = head
        self.rows = rows
        self.sum = sum
        self.notes = notes
        isEmpty = rows.isEmpty
        self.emptyText = emptyText
    }
}

extension ExplanationTable.Cell {
    static func text(_ text: String) -> Self { Self(text: text) }

    static func number(_ text: String) -> Self { Self(text: text, isNumber: true) }
}
