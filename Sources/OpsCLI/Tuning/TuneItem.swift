/// What `database tune` says of one tenant's database.
struct TuneItem: Encodable {
    /// An index that was not there, or not complete.
    struct Missing: Encodable {
        let index: String
        let table: String
        let state: String
        let added: Bool
        /// Why it could not be added.
        let failure: String?
        /// Of the statement that the index is there for; nil for those of small tables.
        let plan: StatementPlan?

        init(_ finding: IndexFinding, added: Bool, failure: String?, plan: StatementPlan?) {
            index = finding.expected.name
            table = finding.expected.table
            state = finding.state.rawValue
            self.added = added
            self.failure = failure
            self.plan = plan
        }
    }

    /// An index that the product does not make.
    struct Other: Encodable {
        let index: String
        let table: String
        let definition: String
        let bytes: Int64
        /// Since the server's statistics began.
        let scans: Int64
        /// An index that finds all that this one finds.
        let coveredBy: String?
        let isValid: Bool
        let dropped: Bool

        init(_ found: FoundIndex, dropped: Bool) {
            index = TableName(schema: found.table.schema, name: found.name).description
            table = found.table.description
            definition = found.shape.definition
            bytes = found.bytes
            scans = found.scans
            coveredBy = found.coveredBy
            isValid = found.isValid
            self.dropped = dropped
        }

        private enum CodingKeys: String, CodingKey {
            case index
            case table
            case definition
            case bytes
            case scans
            case coveredBy = "covered_by"
            case isValid = "is_valid"
            case dropped
        }
    }

    /// A table whose statistics were missing or old.
    struct Statistics: Encodable {
        let table: String
        let rows: Int64
        let changed: Int64
        let gatheredAt: String?
        let gathered: Bool

        init(_ stale: StaleStatistics, gathered: Bool) {
            table = stale.table.description
            rows = stale.rows
            changed = stale.changed
            gatheredAt = stale.gatheredAt
            self.gathered = gathered
        }

        private enum CodingKeys: String, CodingKey {
            case table
            case rows
            case changed
            case gatheredAt = "gathered_at"
            case gathered
        }
    }

    let tenant: String
    let database: String
    var missing: [Missing] = []
    var others: [Other] = []
    var statistics: [Statistics] = []

    init(tenant: String, database: String) {
        self.tenant = tenant
        self.database = database
    }

    /// Lines for a person.
    var text: [String] {
        if missing.isEmpty, others.isEmpty, statistics.isEmpty { return ["\(tenant): nothing to say"] }
        return missing.flatMap { one in
            let done = one.failure.map { "not added: \($0)" } ?? (one.added ? "added" : "not added")
            return ["\(tenant): \(one.state) index \(one.index) of \(one.table): \(done)"]
                + (one.plan.map(Self.text) ?? [])
        }
            + others.map { one in
                var words = ["\(one.bytes) bytes", one.scans == 0 ? "never used" : "used \(one.scans) times"]
                if let cover = one.coveredBy { words.append("covered by \(cover)") }
                if !one.isValid { words.append("not complete") }
                if one.dropped { words.append("dropped") }
                return "\(tenant): further index \(one.index) of \(one.table), \(one.definition): "
                    + words.joined(separator: ", ")
            }
            + statistics.map { one in
                "\(tenant): statistics of \(one.table), \(one.rows) rows, \(one.changed) changed since "
                    + "\(one.gatheredAt ?? "ever"): " + (one.gathered ? "gathered" : "not gathered")
            }
    }

    private static func text(_ plan: StatementPlan) -> [String] {
        ["    \(plan.statement) before:"] + plan.before.map { "        \($0)" }
            + (plan.after.map { after in ["    after:"] + after.map { "        \($0)" } } ?? [])
    }
}
