import ArgumentParser
import Foundation
import PostgresClient

/// `camet archive run`: what is due goes to the archive now.
struct ArchiveRun: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Moves months of detections that are older than a tenant keeps into files.",
        discussion: """
            How many months stay is the tenant's setting retention.hot_months. Each month is written, read back and
            compared before its rows are taken out of the database; run again, it goes on where it broke off.
            """)

    @Option(help: "The slug of the tenant. Default: every active one.")
    var tenant: String?

    @OptionGroup var common: CommonOptions

    /// One month of a line that is archived now.
    struct Item: Encodable {
        let tenant: String
        let lineID: Int32
        let lineCode: String
        let month: String
        let part: Int32
        let rows: Int64
        /// Nil: the month had no rows.
        let file: String?
        let fileBytes: Int64

        private enum CodingKeys: String, CodingKey {
            case tenant
            case lineID = "line_id"
            case lineCode = "line_code"
            case month
            case part
            case rows
            case file
            case fileBytes = "file_bytes"
        }
    }

    func run() async throws {
        let settings = try common.openSettings()
        let admin = try AdminAccess(settings)
        let tenants = try await admin.withGlobalDatabase { pool in
            if let tenant { return [try await TenantRegistry(pool).require(slug: tenant, flag: "--tenant")] }
            return try await TenantRegistry(pool).all().filter { $0.state == .active }
        }
        var items: [Item] = []
        for tenant in tenants {
            let archive = try TenantArchive(tenant, settings, admin)
            try await archive.withTurn { connection in
                try await Self.moveStrays(archive, connection)
                for month in try await ArchiveRecords.due(connection) {
                    let outcome = try await MonthArchiving(archive: archive, month: month).run(connection)
                    items.append(
                        Item(
                            tenant: tenant.slug, lineID: month.line, lineCode: month.lineCode,
                            month: month.month.description, part: outcome.part, rows: outcome.rows,
                            file: outcome.file, fileBytes: outcome.fileBytes))
                }
            }
        }
        try OpsAnswer.print(
            ItemList(items: items), json: common.json,
            text: OpsAnswer.table(
                ["TENANT", "LINE", "MONTH", "PART", "ROWS", "BYTES", "FILE"],
                items.map {
                    [
                        $0.tenant, $0.lineCode, $0.month, String($0.part), String($0.rows), String($0.fileBytes),
                        $0.file ?? "-",
                    ]
                }))
    }

    /// Rows that arrived for a month without a partition get it.
    private static func moveStrays(
        _ archive: TenantArchive, _ connection: borrowing PostgresConnection
    ) async throws {
        let deadline = ContinuousClock.now + .seconds(600)
        let lines: [Int32] = try await connection.query(
            Statement("ListLineNumbers", "SELECT line_id FROM line_activity ORDER BY line_id"), deadline: deadline
        ).column(0)
        for line in lines {
            let stray = try Identifier("detection_line_\(line)_default")
            try await archive.change(connection, deadline: deadline) { transaction in
                try await transaction.execute(
                    Statement(
                        "MakeMonthsOfStrays",
                        """
                        SELECT ensure_detection_month(\(line), month)
                        FROM (
                            SELECT DISTINCT date_trunc('month', detected_at) AS month
                            FROM detection_partition.\(stray)
                        ) AS stray
                        """), deadline: deadline)
            }
        }
    }
}
