import ArgumentParser
import PostgresClient

/// `camet usage`: what each client company has used, as a table or CSV.
struct Usage: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tells what each tenant has used: requests, rows, bytes, processor time.",
        discussion: """
            Days are those of UTC, both ends included; without any the present month. A running gateway adds what was used once
            a minute. Deleted tenants are told of too.
            """)

    @Option(help: "Only this tenant's slug.")
    var tenant: String?

    @Option(help: "The first day, as 2026-11-01.")
    var from: String?

    @Option(help: "The last day.")
    var to: String?

    @Flag(help: "A row for each day.")
    var daily = false

    @Flag(help: "Answer with CSV.")
    var csv = false

    @OptionGroup var common: CommonOptions

    func validate() throws {
        for (flag, value) in [("--from", from), ("--to", to)] where value?.wholeMatch(of: Self.day) == nil {
            if value != nil { throw ValidationError("\(flag) must be a day such as 2026-11-01") }
        }
        if let from, let to, to < from { throw ValidationError("--to must not be before --from") }
        if let tenant { try FlagRules.slug(tenant, flag: "--tenant") }
        if csv, common.json { throw ValidationError("--csv and --json are two answers: choose one") }
    }

    private static var day: Regex<Substring> { /[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])/ }

    /// What one tenant has used.
    struct Item: Encodable {
        let tenant: String
        /// Nil over all days together.
        let day: String?
        let requests: Int
        let rows: Int
        let requestBytes: Int
        let answerBytes: Int
        let cpuSeconds: Double

        private enum CodingKeys: String, CodingKey {
            case tenant
            case day
            case requests
            case rows
            case requestBytes = "request_bytes"
            case answerBytes = "answer_bytes"
            case cpuSeconds = "cpu_seconds"
        }

        var cells: [String] {
            [
                [tenant], day.map { [$0] } ?? [],
                [String(requests), String(rows), String(requestBytes), String(answerBytes), String(cpuSeconds)],
            ].flatMap(\.self)
        }
    }

    func run() async throws {
        let admin = try AdminAccess(try common.openSettings())
        let items = try await admin.withGlobalDatabase { pool in
            try await pool.query(statement, deadline: .now + .seconds(30)).map { row in
                Item(
                    tenant: try row.value(0), day: try row.optional(1), requests: try row.value(2),
                    rows: try row.value(3), requestBytes: try row.value(4), answerBytes: try row.value(5),
                    cpuSeconds: Double(try row.value(6, as: Int.self) / 1_000) / 1_000)
            }
        }
        let names =
            ["tenant"] + (daily ? ["day"] : []) + [
                "requests", "rows", "request_bytes", "answer_bytes", "cpu_seconds",
            ]
        if csv {
            // Slugs, days and numbers: nothing in them needs quotes.
            for cells in [names] + items.map(\.cells) { print(cells.joined(separator: ",")) }
        } else {
            try OpsAnswer.print(
                ItemList(items: items), json: common.json,
                text: OpsAnswer.table(
                    names.map { $0.uppercased().replacing("_", with: " ") }, items.map(\.cells)))
        }
    }

    private var statement: Statement {
        Statement(
            "ReadTenantUsage",
            """
            SELECT slug, CASE WHEN \(daily) THEN day::text END AS of_day, sum(requests)::bigint, sum(rows)::bigint,
                sum(request_bytes)::bigint, sum(answer_bytes)::bigint, sum(cpu_microseconds)::bigint
            FROM tenant_usage
            WHERE day >= coalesce(\(from)::date, date_trunc('month', now() AT TIME ZONE 'UTC')::date)
                AND day <= coalesce(\(to)::date, 'infinity'::date) AND (\(tenant)::text IS NULL OR slug = \(tenant))
            GROUP BY tenant_id, slug, of_day ORDER BY slug, tenant_id, of_day
            """)
    }
}
