import ArgumentParser
import Foundation
import PostgresClient

/// `camet rebuild`: everything derived from a tenant's detections and edits, anew from them alone.
struct Rebuild: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Recomputes minute counters, gaps and stored stops, and tells what changed.",
        discussion: """
            Line by line; each line's counters and gaps are one transaction, in which its new detections wait. The stops
            are calculated by the tenant's worker, so the gateway must be running. Nothing should change.
            """)

    @Option(help: "The slug of the tenant.")
    var tenant: String

    @OptionGroup var common: CommonOptions

    /// What changed of one line: how many rows differ.
    struct Item: Encodable {
        let lineID: Int32
        let lineCode: String
        let minuteCounters: Int
        let gaps: Int
        /// The line's first and last detection, or their number.
        let activity: Int
        let stops: Stops

        private enum CodingKeys: String, CodingKey {
            case lineID = "line_id"
            case lineCode = "line_code"
            case minuteCounters = "minute_counters"
            case gaps
            case activity
            case stops
        }
    }

    struct Stops: Codable {
        let added: Int
        let updated: Int
        let kept: Int
        let removed: Int
    }

    /// How long one line may take.
    private static let longest = 600

    func run() async throws {
        let settings = try common.openSettings()
        let admin = try AdminAccess(settings)
        let registered = try await admin.withGlobalDatabase { pool in
            try await TenantRegistry(pool).require(slug: tenant, flag: "--tenant")
        }
        let socket = AdminSocket(path: settings.runPath + "/admin.sock")
        let database = try registered.database()
        var items: [Item] = []
        try await admin.withPool(database.name, at: database.address) { pool in
            let lines = try await pool.query(
                Statement("ListLines", "SELECT line_id, line_code FROM production_line ORDER BY line_id"),
                deadline: .now + .seconds(30))
            for row in lines {
                let line: Int32 = try row.value(0)
                let differing = try await LineRebuild(pool: pool, owner: database.owner, line: line).run(
                    deadline: .now + .seconds(Self.longest))
                items.append(
                    Item(
                        lineID: line, lineCode: try row.value(1), minuteCounters: differing.minuteCounters,
                        gaps: differing.gaps, activity: differing.activity, stops: try stops(of: line, socket)))
            }
        }
        try OpsAnswer.print(
            ItemList(items: items), json: common.json,
            text: OpsAnswer.table(
                ["LINE", "COUNTERS", "GAPS", "ACTIVITY", "STOPS ADDED", "UPDATED", "KEPT", "REMOVED"],
                items.map { item in
                    [
                        item.lineCode, String(item.minuteCounters), String(item.gaps), String(item.activity),
                        String(item.stops.added), String(item.stops.updated), String(item.stops.kept),
                        String(item.stops.removed),
                    ]
                }))
    }

    private struct Refused: Decodable {
        let error: String
    }

    private func stops(of line: Int32, _ socket: AdminSocket) throws(OpsFailure) -> Stops {
        let answer = try socket.ask(
            #"{"verb":"stops_rebuild","tenant":"\#(tenant)","line":\#(line)}"#, withinSeconds: Self.longest)
        if let stops = try? JSONDecoder().decode(Stops.self, from: answer) { return stops }
        if let refused = try? JSONDecoder().decode(Refused.self, from: answer) { throw OpsFailure(refused.error) }
        throw OpsFailure("the gateway at \(socket.path) gave an answer this program does not understand")
    }
}

/// The counters and gaps of one line, rebuilt and compared with what they were.
struct LineRebuild {
    /// Rows that are not the same before and after.
    struct Differing {
        var minuteCounters = 0
        var gaps = 0
        var activity = 0
    }

    let pool: PostgresPool
    let owner: Identifier
    let line: Int32

    func run(deadline: ContinuousClock.Instant) async throws -> Differing {
        try await pool.withTransaction(deadline: deadline) { transaction in
            try await transaction.execute(
                Statement("BecomeOwner", "SET LOCAL ROLE \(owner)", prepared: false), deadline: deadline)
            // Held from here on, so that what is compared is of one moment.
            try await transaction.execute(
                Statement("LockActivity", "SELECT FROM line_activity WHERE line_id = \(line) FOR UPDATE"),
                deadline: deadline)
            try await transaction.execute(
                Statement(
                    "KeepCounters",
                    """
                    CREATE TEMPORARY TABLE earlier_count ON COMMIT DROP AS
                    SELECT minute, area_id, product_id, detections FROM minute_count WITH NO DATA
                    """, prepared: false), deadline: deadline)
            try await transaction.execute(
                Statement(
                    "FillCounters",
                    """
                    INSERT INTO earlier_count
                    SELECT minute, area_id, product_id, detections FROM minute_count WHERE line_id = \(line)
                    """), deadline: deadline)
            try await transaction.execute(
                Statement(
                    "KeepGaps",
                    """
                    CREATE TEMPORARY TABLE earlier_gap ON COMMIT DROP AS
                    SELECT gap_start, gap_end, start_is_lone FROM activity_gap WITH NO DATA
                    """, prepared: false), deadline: deadline)
            try await transaction.execute(
                Statement(
                    "FillGaps",
                    """
                    INSERT INTO earlier_gap
                    SELECT gap_start, gap_end, start_is_lone FROM activity_gap WHERE line_id = \(line)
                    """), deadline: deadline)
            let before = try await activity(transaction, deadline)
            try await transaction.execute(
                Statement("RebuildLine", "SELECT rebuild_line_activity(\(line))"), deadline: deadline)
            let after = try await activity(transaction, deadline)
            let counters: Int = try await transaction.query(
                Statement(
                    "CompareCounters",
                    """
                    WITH later AS (
                        SELECT minute, area_id, product_id, detections FROM minute_count WHERE line_id = \(line)
                    )
                    SELECT (SELECT count(*) FROM (TABLE later EXCEPT ALL TABLE earlier_count) AS fresh)
                        + (SELECT count(*) FROM (TABLE earlier_count EXCEPT ALL TABLE later) AS gone)
                    """, prepared: false), deadline: deadline
            ).value(0, 0)
            let gaps: Int = try await transaction.query(
                Statement(
                    "CompareGaps",
                    """
                    WITH later AS (
                        SELECT gap_start, gap_end, start_is_lone FROM activity_gap WHERE line_id = \(line)
                    )
                    SELECT (SELECT count(*) FROM (TABLE later EXCEPT ALL TABLE earlier_gap) AS fresh)
                        + (SELECT count(*) FROM (TABLE earlier_gap EXCEPT ALL TABLE later) AS gone)
                    """, prepared: false), deadline: deadline
            ).value(0, 0)
            return Differing(minuteCounters: counters, gaps: gaps, activity: before == after ? 0 : 1)
        }
    }

    /// Everything of the line's activity that a rebuild must leave.
    private func activity(
        _ transaction: borrowing PostgresTransaction, _ deadline: ContinuousClock.Instant
    ) async throws -> String? {
        try await transaction.query(
            Statement(
                "ReadActivity",
                """
                SELECT concat_ws(' ', first_detected_at, last_detected_at, last_is_lone, detections)
                FROM line_activity WHERE line_id = \(line)
                """), deadline: deadline
        ).first?.value(0)
    }
}
