import ArgumentParser
import PostgresClient

/// `camet tenant work`: when the background work of client companies is due, and how it went.
struct TenantWork: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "work",
        abstract: "Lists tenants' background work: when it is due, when it was done, failures since.",
        discussion: "What is due first comes first. Rows come by themselves within seconds of a tenant's making.")

    @Option(help: "Only this tenant's slug.")
    var slug: String?

    @Flag(help: "Only what failed the last time, or has been due for more than five minutes.")
    var late = false

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if let slug { try FlagRules.slug(slug, flag: "--slug") }
    }

    /// One kind of work of one tenant.
    struct Item: Encodable {
        let tenant: String
        let work: String
        let dueAt: String
        /// Whether a gateway is at it.
        let isRunning: Bool
        let doneAt: String?
        let failures: Int

        private enum CodingKeys: String, CodingKey {
            case tenant
            case work
            case dueAt = "due_at"
            case isRunning = "is_running"
            case doneAt = "done_at"
            case failures
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(tenant, forKey: .tenant)
            try container.encode(work, forKey: .work)
            try container.encode(dueAt, forKey: .dueAt)
            try container.encode(isRunning, forKey: .isRunning)
            try container.encode(doneAt, forKey: .doneAt)
            try container.encode(failures, forKey: .failures)
        }
    }

    func run() async throws {
        let admin = try AdminAccess(try common.openSettings())
        let items = try await admin.withGlobalDatabase { pool in
            try await pool.query(statement, deadline: .now + .seconds(30)).map { row in
                Item(
                    tenant: try row.value(0), work: try row.value(1), dueAt: try row.value(2),
                    isRunning: try row.value(3), doneAt: try row.optional(4), failures: try row.value(5))
            }
        }
        try OpsAnswer.print(
            ItemList(items: items), json: common.json,
            text: OpsAnswer.table(
                ["TENANT", "WORK", "DUE", "RUNNING", "DONE", "FAILURES"],
                items.map { item in
                    [
                        item.tenant, item.work, item.dueAt, item.isRunning ? "yes" : "no", item.doneAt ?? "-",
                        String(item.failures),
                    ]
                }))
    }

    private var statement: Statement {
        Statement(
            "ListScheduledWork",
            """
            SELECT slug, work, to_char(due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                coalesce(taken_until > now(), false),
                to_char(done_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), failures
            FROM scheduled_work JOIN tenant USING (tenant_id)
            WHERE tenant.state = 'active' AND (\(slug)::text IS NULL OR slug = \(slug))
                AND (NOT \(late) OR failures > 0 OR due_at < now() - interval '5 minutes')
            ORDER BY due_at, slug, work
            """)
    }
}
