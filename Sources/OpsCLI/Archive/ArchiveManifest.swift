import Foundation

/// What lies beside an archived file and says what it is, for whoever has nothing but the folder.
struct ArchiveManifest: Codable, Equatable {
    static let format = "camet detections 1"

    let format: String
    let tenant: String
    let database: String
    let lineID: Int32
    let lineCode: String
    /// `2026-03`, of UTC.
    let month: String
    let part: Int32
    let file: String
    let fileBytes: Int64
    let fileSHA256: String
    /// How the file is read: what is in it once it is decompressed.
    let encoding: String
    let columns: [String]
    let rows: Int64
    let contentSHA256: String
    /// Of the database when it was archived: the number of its last migration.
    let schemaVersion: Int32
    let archivedAt: String

    private enum CodingKeys: String, CodingKey {
        case format
        case tenant
        case database
        case lineID = "line_id"
        case lineCode = "line_code"
        case month
        case part
        case file
        case fileBytes = "file_bytes"
        case fileSHA256 = "file_sha256"
        case encoding
        case columns
        case rows
        case contentSHA256 = "content_sha256"
        case schemaVersion = "schema_version"
        case archivedAt = "archived_at"
    }

    static let encoding = "gzip of the text of PostgreSQL's COPY, UTF-8, times in UTC"

    func text() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
    }
}
