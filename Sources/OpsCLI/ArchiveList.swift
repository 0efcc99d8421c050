import ArgumentParser
import PostgresClient

/// `camet archive list`: a tenant's archived files.
struct ArchiveList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the archived months of a tenant.")

    @OptionGroup var choice: ArchiveChoice
    @OptionGroup var common: CommonOptions

    func run() async throws {
        let (_, records) = try await choice.open(try common.openSettings())
        let items = records.map { ArchivedFileItem($0) }
        try OpsAnswer.print(
            ItemList(items: items), json: common.json,
            text: OpsAnswer.table(
                ["LINE", "MONTH", "PART", "ROWS", "BYTES", "ARCHIVED", "RESTORED UNTIL", "FILE"],
                items.map {
                    [
                        $0.lineCode, $0.month, String($0.part), String($0.rows), String($0.fileBytes), $0.archivedAt,
                        $0.restoredUntil ?? "-", $0.file,
                    ]
                }))
    }
}

/// Which archived files a verb is about.
struct ArchiveChoice: ParsableArguments {
    @Option(help: "The slug of the tenant.")
    var tenant: String

    @Option(help: "The code of a line. Default: every line.")
    var line: String?

    @Option(help: "A month of UTC as YYYY-MM. Default: every month.")
    var month: String?

    func validate() throws {
        if let month, ArchiveMonth(month) == nil { throw ValidationError("--month must be a month as 2026-03") }
    }

    /// The tenant's archive and the chosen files; throws when a line is named that is not there.
    func open(_ settings: OpsSettings) async throws -> (archive: TenantArchive, records: [ArchiveRecord]) {
        let admin = try AdminAccess(settings)
        let registered = try await admin.withGlobalDatabase { pool in
            try await TenantRegistry(pool).require(slug: tenant, flag: "--tenant")
        }
        let archive = try TenantArchive(registered, settings, admin)
        let records = try await admin.withPool(archive.database.name, at: archive.database.address) { pool in
            try await pool.withConnection(deadline: .now + .seconds(10)) { connection in
                if let line { try await Self.requireLine(line, connection) }
                return try await ArchiveRecords.list(
                    connection, lineCode: line, month: month.flatMap { ArchiveMonth($0) })
            }
        }
        return (archive, records)
    }

    private static func requireLine(_ code: String, _ connection: borrowing PostgresConnection) async throws {
        let rows = try await connection.query(
            Statement("FindLineByCode", "SELECT line_id FROM production_line WHERE line_code = \(code)"),
            deadline: .now + .seconds(30))
        guard rows.first != nil else { throw OpsFailure("--line: there is no line \(code)") }
    }
}

/// An archived file as the verbs print it.
struct ArchivedFileItem: Encodable {
    let lineID: Int32
    let lineCode: String
    let month: String
    let part: Int32
    let rows: Int64
    let file: String
    let fileBytes: Int64
    let sha256: String
    let archivedAt: String
    let restoredUntil: String?

    init(_ record: ArchiveRecord) {
        lineID = record.line
        lineCode = record.lineCode
        month = record.month.description
        part = record.part
        rows = record.content.rows
        file = record.file
        fileBytes = record.fileBytes
        sha256 = HexadecimalText.of(record.fileSHA256)
        archivedAt = record.archivedAt
        restoredUntil = record.restoredUntil
    }

    private enum CodingKeys: String, CodingKey {
        case lineID = "line_id"
        case lineCode = "line_code"
        case month
        case part
        case rows
        case file
        case fileBytes = "file_bytes"
        case sha256
        case archivedAt = "archived_at"
        case restoredUntil = "restored_until"
    }
}
