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
            compared before its rows are taken out of the database; run again, it goes on where it broke off. What cannot be \
            archived is told, keeps nothing else, and makes the end 1.
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
        var failures = 0
        for tenant in tenants {
            do {
                let archive = try TenantArchive(tenant, settings, admin)
                try await archive.withTurn { connection in
                    try await Self.runDue(archive, connection, &items, &failures)
                }
            } catch {
                Self.tell(error, of: tenant.slug, &failures)
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
        if failures > 0 { throw OpsFailure("not all that is due was archived; see above") }
    }

    /// Archives what is due of one tenant; a month that fails keeps no other one.
    private static func runDue(
        _ archive: TenantArchive, _ connection: borrowing PostgresConnection, _ items: inout [Item],
        _ failures: inout Int
    ) async throws {
        let slug = archive.tenant.slug
        try await moveStrays(archive, connection, &failures)
        for month in try await ArchiveRecords.due(connection) {
            do {
                let outcome = try await MonthArchiving(archive: archive, month: month).run(connection)
                items.append(
                    Item(
                        tenant: slug, lineID: month.line, lineCode: month.lineCode,
                        month: month.month.description, part: outcome.part, rows: outcome.rows,
                        file: outcome.file, fileBytes: outcome.fileBytes))
            } catch {
                tell(error, of: "\(slug), line \(month.lineCode), month \(month.month)", &failures)
            }
        }
    }

    private static func tell(_ error: any Error, of what: String, _ failures: inout Int) {
        failures += 1
        FileHandle.standardError.write(Data("camet: \(what): \(OpsFailure.describe(error))\n".utf8))
    }

    /// Rows that arrived for a month without a partition get it.
    private static func moveStrays(
        _ archive: TenantArchive, _ connection: borrowing PostgresConnection, _ failures: inout Int
    ) async throws {
        let deadline = ContinuousClock.now + .seconds(600)
        let lines: [Int32] = try await connection.query(
            Statement("ListLineNumbers", "SELECT line_id FROM line_activity ORDER BY line_id"), deadline: deadline
        ).column(0)
        for line in lines {
            let stray = try Identifier("detection_line_\(line)_default")
            do {
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
            } catch {
                tell(error, of: "\(archive.tenant.slug), line with line_id \(line)", &failures)
            }
        }
    }
}
