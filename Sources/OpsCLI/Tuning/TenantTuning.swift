import PostgresClient

/// The care for the indexes and statistics of one tenant's database.
struct TenantTuning {
    let tenant: RegisteredTenant
    let admin: AdminAccess
    let expected: ExpectedIndexes
    let migrations: MigrationSet
    /// Only looks.
    let isDryRun: Bool
    /// Names of indexes that are asked to go, with the schema before it where it is not the usual one.
    let dropped: [String]

    func run() async throws -> TuneItem {
        let database = try tenant.database()
        guard try await database.plan(admin, migrations).pending.isEmpty else {
            throw OpsFailure("\(tenant.slug) lacks migrations, and what it should have is not known: run migrate first")
        }
        return try await admin.withPool(database.name, at: database.address) { pool in
            try await pool.withConnection(deadline: .now + .seconds(10)) { connection in
                if !isDryRun { try await takeTurn(connection) }
                // Of the session, as concurrent builds allow no transaction; it ends with the connection.
                try await connection.execute(
                    Statement("BecomeOwner", "SET ROLE \(database.owner)", prepared: false),
                    deadline: .now + .seconds(30))
                return try await tune(database, connection)
            }
        }
    }

    /// Whoever archives takes partitions away and puts them back: not while they are indexed.
    private func takeTurn(_ connection: borrowing PostgresConnection) async throws {
        let isFree: Bool = try await connection.query(
            Statement("LockArchive", "SELECT pg_try_advisory_lock(1667329381, 3)"), deadline: .now + .seconds(10)
        ).value(0, 0)
        guard isFree else { throw OpsFailure("another camet works on the archive or the indexes of \(tenant.slug)") }
    }

    private func tune(
        _ database: TenantDatabase, _ connection: borrowing PostgresConnection
    ) async throws -> TuneItem {
        var item = TuneItem(tenant: tenant.slug, database: database.name.name)
        let catalogue = try await IndexCatalogue.read(connection)
        let wanted = expected.of(lines: catalogue.lines)
        // All of them are to be there before anything is changed.
        let chosen = try dropped.map { try Self.find($0, IndexFinding.others(wanted, in: catalogue)) }
        // Before indexes, as plans are made by them.
        for stale in try await StatisticsCare.stale(connection) {
            if !isDryRun { try await StatisticsCare.gather(stale, connection) }
            item.statistics.append(TuneItem.Statistics(stale, gathered: !isDryRun))
        }
        let building = IndexBuilding(owner: database.owner)
        for finding in IndexFinding.all(wanted, in: catalogue) {
            item.missing.append(try await mend(finding, building, connection))
        }
        for index in IndexFinding.others(wanted, in: catalogue) {
            let isChosen = chosen.contains(index)
            if isChosen {
                try await audit("index.dropped", index.name, index.table)
                try await building.drop(index, connection)
            }
            item.others.append(TuneItem.Other(index, dropped: isChosen))
        }
        return item
    }

    /// Adds what is missing and looks at the plan before and after; what cannot be added is told, and the rest goes on.
    private func mend(
        _ finding: IndexFinding, _ building: IndexBuilding, _ connection: borrowing PostgresConnection
    ) async throws -> TuneItem.Missing {
        let reading = PlanReading()
        let served = try await reading.statement(of: finding, connection)
        var plan: StatementPlan?
        if let served {
            plan = StatementPlan(
                statement: served.statement.name.description, before: try await reading.plan(of: served, connection))
        }
        if isDryRun { return TuneItem.Missing(finding, added: false, failure: nil, plan: plan) }
        try await audit("index.added", finding.expected.name, TableName(name: finding.expected.table))
        if let failure = try await add(finding, building, connection) {
            return TuneItem.Missing(finding, added: false, failure: failure, plan: plan)
        }
        if let served { plan?.after = try await reading.plan(of: served, connection) }
        return TuneItem.Missing(finding, added: true, failure: nil, plan: plan)
    }

    /// Why it could not be added; nil when it is there. Looks again, as months may have been made meanwhile.
    private func add(
        _ finding: IndexFinding, _ building: IndexBuilding, _ connection: borrowing PostgresConnection
    ) async throws -> String? {
        var left: IndexFinding? = finding
        for _ in 0..<3 {
            guard let finding = left else { return nil }
            do {
                try await building.mend(finding, connection)
            } catch PostgresError.server(let error) {
                return OpsFailure.describe(PostgresError.server(error))
            }
            left = IndexFinding.all([finding.expected], in: try await IndexCatalogue.read(connection)).first
        }
        return left.map { "it is still \($0.state.rawValue)" }
    }

    private static func find(_ name: String, _ others: [FoundIndex]) throws(OpsFailure) -> FoundIndex {
        let named = others.filter { TableName(schema: $0.table.schema, name: $0.name).description == name }
        guard let index = named.first else {
            throw OpsFailure("--drop: \(name) is none of the further indexes that are listed; nothing was changed")
        }
        guard (try? TableName(schema: index.table.schema, name: index.name).quoted()) != nil else {
            throw OpsFailure("--drop: \(name) is no name as the product gives: psql can drop it; nothing was changed")
        }
        return index
    }

    /// Tells the audit log what is about to be done.
    private func audit(_ action: String, _ index: String, _ table: TableName) async throws {
        try await admin.withGlobalDatabase { pool in
            try await pool.withTransaction(deadline: .now + .seconds(30)) { transaction in
                try await AuditEntry(
                    action: action, tenantID: tenant.tenantID, object: "index:\(index)",
                    detail: ["table": table.description]
                ).write(transaction)
            }
        }
    }
}
