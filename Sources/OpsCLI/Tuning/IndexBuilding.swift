import PostgresClient

/// Adds the indexes that a database lacks while it is written and read: tables are indexed by CREATE INDEX CONCURRENTLY,
/// and what needs a lock that keeps others waiting waits for it 2 s at most and has it for a moment.
struct IndexBuilding {
    let owner: Identifier

    private var change: OwnerChange { OwnerChange(owner: owner) }
    /// How long one table may take.
    private var deadline: ContinuousClock.Instant { .now + .seconds(12 * 3_600) }

    /// Does what a finding says; the session acts as the owner.
    func mend(_ finding: IndexFinding, _ connection: borrowing PostgresConnection) async throws {
        let expected = finding.expected
        let table = TableName(name: expected.table)
        if let whole = finding.whole, !whole.isThere {
            try await script(
                """
                CREATE \(unique(expected))INDEX \(try Identifier(expected.name)) ON ONLY \(try table.quoted())
                    USING \(expected.shape.definition)
                """, connection)
        }
        for step in finding.steps {
            switch step {
            case .build(let part):
                let name = finding.whole == nil ? expected.name : Self.name(of: part, for: expected)
                try await build(name, on: part, expected, connection)
                if let whole = finding.whole {
                    try await adopt(TableName(schema: part.schema, name: name), into: whole, connection)
                } else if expected.shape.guardedAs.isConstraint {
                    try await constrain(name, expected, connection)
                }
            case .rebuild(let index):
                try await rebuild(index, connection)
                if let whole = finding.whole {
                    try await adopt(TableName(schema: index.table.schema, name: index.name), into: whole, connection)
                }
            case .adopt(let index):
                guard let whole = finding.whole else { continue }
                try await adopt(TableName(schema: index.table.schema, name: index.name), into: whole, connection)
            case .constrain(let index):
                try await constrain(index.name, expected, connection)
            }
        }
    }

    /// Removes an index of any table; of one with partitions also its parts.
    func drop(_ index: FoundIndex, _ connection: borrowing PostgresConnection) async throws {
        let name = try TableName(schema: index.table.schema, name: index.name).quoted()
        if index.isPartitioned {
            try await script("DROP INDEX \(name)", connection)
        } else {
            try await connection.executeUncheckedScript(
                "DropIndex", "DROP INDEX CONCURRENTLY \(name)", deadline: deadline)
        }
    }

    private func build(
        _ name: String, on table: TableName, _ expected: ExpectedIndex, _ connection: borrowing PostgresConnection
    ) async throws {
        let (name, on) = (try Identifier(name), try table.quoted())
        let definition = expected.shape.definition
        // Whoever makes a month locks the default partition, with all writers of the line behind: it must not wait for as
        // long as a concurrent build does. There are few rows or none.
        if Self.isDefault(table) {
            try await script("CREATE \(unique(expected))INDEX \(name) ON \(on) USING \(definition)", connection)
        } else {
            try await connection.executeUncheckedScript(
                "AddIndex", "CREATE \(unique(expected))INDEX CONCURRENTLY \(name) ON \(on) USING \(definition)",
                deadline: deadline)
        }
    }

    private func rebuild(_ index: FoundIndex, _ connection: borrowing PostgresConnection) async throws {
        let name = try TableName(schema: index.table.schema, name: index.name).quoted()
        if Self.isDefault(index.table) {
            try await script("REINDEX INDEX \(name)", connection)
        } else {
            try await connection.executeUncheckedScript(
                "RebuildIndex", "REINDEX INDEX CONCURRENTLY \(name)", deadline: deadline)
        }
    }

    private func adopt(
        _ index: TableName, into whole: IndexFinding.Whole, _ connection: borrowing PostgresConnection
    ) async throws {
        let name = try TableName(name: whole.name).quoted()
        try await script("ALTER INDEX \(name) ATTACH PARTITION \(try index.quoted())", connection)
    }

    /// The index gets the constraint's name.
    private func constrain(
        _ index: String, _ expected: ExpectedIndex, _ connection: borrowing PostgresConnection
    ) async throws {
        let table = try TableName(name: expected.table).quoted()
        let kind = expected.shape.guardedAs == .primaryKey ? "PRIMARY KEY" : "UNIQUE"
        try await script(
            "ALTER TABLE \(table) ADD CONSTRAINT \(try Identifier(expected.name)) \(kind) USING INDEX \(try Identifier(index))",
            connection)
    }

    /// Runs what takes a moment once it has its locks.
    private func script(_ text: String, _ connection: borrowing PostgresConnection) async throws {
        try await change.run(connection, deadline: .now + .seconds(300)) { transaction in
            try await transaction.execute(
                Statement("LimitMoment", "SET LOCAL statement_timeout = '10s'", prepared: false),
                deadline: .now + .seconds(30))
            try await transaction.executeUncheckedScript("ChangeIndex", text, deadline: .now + .seconds(30))
        }
    }

    private func unique(_ expected: ExpectedIndex) -> String { expected.shape.guardedAs.isUnique ? "UNIQUE " : "" }

    private static func isDefault(_ table: TableName) -> Bool {
        table.schema != TableName.mainSchema && table.name.hasSuffix("_default")
    }

    /// As `detection_line_1_y2026m03_time`.
    private static func name(of part: TableName, for expected: ExpectedIndex) -> String {
        part.name + expected.name.dropFirst(expected.table.count)
    }
}
