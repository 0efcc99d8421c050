import Foundation

/// An index that the migrations make.
struct ExpectedIndex: Hashable, Sendable {
    let table: String
    let name: String
    let shape: IndexShape
    /// The line whose table it is on; nil: a table of the whole company.
    let line: Int32?
}

/// The list of a tenant database's indexes that lies beside its schema.
struct ExpectedIndexes: Sendable {
    /// In tables and names `{line}` stands for a line's number.
    private let patterns: [ExpectedIndex]

    private static let line = "{line}"

    /// Reads `<migrations>/schema/tenant-indexes.txt`.
    init(_ settings: OpsSettings) throws(OpsFailure) {
        let path = try settings.required("CAMET_MIGRATIONS") + "/schema/tenant-indexes.txt"
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw OpsFailure("\(path) cannot be read as UTF-8 text")
        }
        do {
            try self.init(text: text)
        } catch {
            throw OpsFailure("\(path): \(error)")
        }
    }

    init(text: String) throws(OpsFailure) {
        var patterns: [ExpectedIndex] = []
        for row in text.split(separator: "\n") where !row.hasPrefix("#") {
            guard
                let match = row.wholeMatch(
                    of: /([a-z_{}]+): ([a-z_{}]+) ((?:primary key|unique constraint|unique)?) ?using (.+)/),
                let guardedAs = IndexShape.Guard(rawValue: String(match.3))
            else { throw OpsFailure("\(row) is not `table: name [guard] using definition`") }
            patterns.append(
                ExpectedIndex(
                    table: String(match.1), name: String(match.2),
                    shape: IndexShape(guardedAs: guardedAs, definition: String(match.4)), line: nil))
        }
        self.patterns = patterns
    }

    /// All of them for a company with these lines.
    func of(lines: [Int32]) -> [ExpectedIndex] {
        patterns.flatMap { pattern in
            guard pattern.table.contains(Self.line) else { return [pattern] }
            return lines.map { line in
                ExpectedIndex(
                    table: pattern.table.replacing(Self.line, with: String(line)),
                    name: pattern.name.replacing(Self.line, with: String(line)), shape: pattern.shape, line: line)
            }
        }
    }
}
