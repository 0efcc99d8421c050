import Foundation
import Identity

/// One numbered SQL file, `0001_name.sql`.
struct MigrationFile: Hashable, Sendable {
    let number: Int
    let name: String
    let text: String
    /// SHA-256 of the file, 64 hexadecimal digits.
    let checksum: String

    /// Number and name, as `2_sessions`.
    var title: String { "\(number)_\(name)" }

    init(number: Int, name: String, text: String) {
        self.number = number
        self.name = name
        self.text = text
        self.checksum = ContentDigest.sha256Text(Array(text.utf8))
    }
}

/// The migrations of one kind of database, numbered from 1 without a gap.
struct MigrationSet: Sendable {
    let files: [MigrationFile]

    /// Checks the numbers of files in any order.
    init(files: [MigrationFile]) throws(OpsFailure) {
        self.files = files.sorted { $0.number < $1.number }
        for (index, file) in self.files.enumerated() where file.number != index + 1 {
            throw OpsFailure("migration \(file.number)_\(file.name): the next number is \(index + 1)")
        }
    }

    /// Reads `<folder>/NNNN_name.sql`; any other .sql file is an error.
    init(folder: String) throws(OpsFailure) {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
            throw OpsFailure(
                "no migrations at \(folder); CAMET_MIGRATIONS names the folder that holds global and tenant")
        }
        var files: [MigrationFile] = []
        for fileName in names where fileName.hasSuffix(".sql") {
            guard let match = fileName.wholeMatch(of: /([0-9]{4})_([a-z0-9_]+)\.sql/), let number = Int(match.1) else {
                throw OpsFailure("\(folder)/\(fileName) is not named NNNN_name.sql")
            }
            guard let text = try? String(contentsOfFile: "\(folder)/\(fileName)", encoding: .utf8) else {
                throw OpsFailure("\(folder)/\(fileName) cannot be read as UTF-8 text")
            }
            files.append(MigrationFile(number: number, name: String(match.2), text: text))
        }
        try self.init(files: files)
    }
}
