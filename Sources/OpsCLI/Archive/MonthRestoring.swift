import Foundation
import PostgresClient

/// Puts the rows of an archived month back, all its files in one transaction.
struct MonthRestoring {
    let archive: TenantArchive
    /// The files of the month, looked at before.
    let records: [ArchiveRecord]
    let days: Int

    private var deadline: ContinuousClock.Instant { .now + .seconds(6 * 3_600) }

    /// Gives until when its rows stay.
    func run(_ connection: borrowing PostgresConnection) async throws -> String {
        guard let first = records.first else { throw OpsFailure("there is no file to restore") }
        let start = try TenantArchive.start(of: first.month)
        return try await archive.change(connection, deadline: deadline) { transaction in
            let table: String = try await transaction.query(
                Statement("BeginMonthRestore", "SELECT begin_month_restore(\(first.line), \(start))"),
                deadline: .now + .seconds(60)
            ).value(0, 0)
            for record in records { try await load(record, into: try Identifier(table), transaction) }
            let rows = records.reduce(Int64(0)) { $0 + $1.content.rows }
            let stays: String = try await transaction.query(
                Statement(
                    "FinishMonthRestore",
                    """
                    WITH term AS MATERIALIZED (SELECT date_trunc('second', now()) + make_interval(days => \(Int32(days))) AS until)
                    SELECT to_char(until, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                        finish_month_restore(\(first.line), \(start), \(rows), until) FROM term
                    """), deadline: deadline
            ).value(0, 0)
            return stays
        }
    }

    /// Lets a month whose rows are back stay for so many days at least; gives until when it stays.
    func extend(_ connection: borrowing PostgresConnection) async throws -> String {
        guard let first = records.first else { throw OpsFailure("there is no file to restore") }
        let start = try TenantArchive.start(of: first.month)
        return try await archive.change(connection, deadline: .now + .seconds(120)) { transaction in
            try await transaction.query(
                Statement(
                    "ExtendMonthRestore",
                    """
                    UPDATE detection_archive SET restored_until =
                        greatest(restored_until, date_trunc('second', now()) + make_interval(days => \(Int32(days))))
                    WHERE line_id = \(first.line) AND month_start = \(start) AND restored_until IS NOT NULL
                    RETURNING to_char(restored_until AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
                    """), deadline: .now + .seconds(60)
            ).value(0, 0)
        }
    }

    private func load(
        _ record: ArchiveRecord, into table: Identifier, _ transaction: borrowing PostgresTransaction
    ) async throws {
        let check = ArchiveCheck(folder: archive.folder)
        var damage: String?
        let rows = try await transaction.copyIn(
            Statement(
                "CopyMonthIn",
                """
                COPY detection_partition.\(table)
                    (detection_id, detected_at, area_id, product_id, event_id, received_at) FROM STDIN
                """, prepared: false), deadline: deadline
        ) { writer in
            damage = try await check.damage(of: record) { try await writer.write($0) }
        }
        if let damage { throw OpsFailure("\(archive.folder.path(of: record.file)): \(damage)") }
        guard Int64(rows) == record.content.rows else {
            throw OpsFailure(
                "\(archive.folder.path(of: record.file)): \(rows) rows of \(record.content.rows) were taken")
        }
    }
}
