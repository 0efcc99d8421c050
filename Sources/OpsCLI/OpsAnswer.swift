import Foundation

/// What a verb prints on standard output: one JSON object with `--json`, otherwise lines for a person.
enum OpsAnswer {
    /// Prints `answer` as one line of JSON, or the lines of `text`.
    static func print(_ answer: some Encodable, json: Bool, text: @autoclosure () -> [String]) throws {
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            Swift.print(String(decoding: try encoder.encode(answer), as: UTF8.self))
        } else {
            for line in text() { Swift.print(line) }
        }
    }

    /// Rows as lines with aligned columns below their headings.
    static func table(_ headings: [String], _ rows: [[String]]) -> [String] {
        let all = [headings] + rows
        let widths = headings.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                let isLast = column == row.count - 1
                line += isLast ? cell : cell + String(repeating: " ", count: widths[column] - cell.count + 2)
            }
            return line
        }
    }
}

/// A list as every verb's JSON has it.
struct ItemList<Item: Encodable>: Encodable {
    let items: [Item]
}
