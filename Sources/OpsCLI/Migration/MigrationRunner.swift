import PostgresClient

/// Brings one database to the newest schema, each file in a transaction of its own together with its entry.
struct MigrationRunner {
    let pool: PostgresPool
    let database: String
    /// Who shall own what the files make; nil = the role connected as.
    let owner: Identifier?

    /// What the database has and lacks; changes nothing.
    func plan(_ set: MigrationSet) async throws -> MigrationPlan {
        let applied = try await pool.withTransaction(.readOnly, deadline: .now + .seconds(30)) { transaction in
            try await readApplied(transaction)
        }
        return try MigrationPlan(set, applied: applied, database: database)
    }

    /// Applies what is pending, in order; gives what it applied. Two that run at once take turns, file by file.
    func run(_ set: MigrationSet) async throws -> [MigrationFile] {
        var done: [MigrationFile] = []
        while let file = try await applyNext(set) { done.append(file) }
        return done
    }

    private func applyNext(_ set: MigrationSet) async throws -> MigrationFile? {
        let deadline = ContinuousClock.now + .seconds(3600)
        return try await pool.withTransaction(deadline: deadline) { transaction in
            // 0x63616d65: 'came', the class of locks of the CLI; 1: migrating this database.
            try await transaction.execute(
                Statement("LockMigrations", "SELECT pg_advisory_xact_lock(1667329381, 1)"), deadline: deadline)
            try await takeRole(transaction, deadline: deadline)
            let applied = try await readApplied(transaction)
            guard let file = try MigrationPlan(set, applied: applied, database: database).pending.first else {
                return nil
            }
            if applied.isEmpty { try await createTable(transaction, deadline: deadline) }
            // A table that is busy for longer than this is not worth stopping its users for.
            try await transaction.execute(
                Statement("LimitLockWait", "SET LOCAL lock_timeout = '30s'", prepared: false), deadline: deadline)
            do {
                try await transaction.executeUncheckedScript("ApplyMigration", file.text, deadline: deadline)
            } catch {
                throw OpsFailure(
                    "\(database): migration \(file.number) (\(file.name)) failed and was undone: "
                        + OpsFailure.describe(error))
            }
            try await transaction.execute(
                Statement(
                    "InsertSchemaMigration",
                    """
                    INSERT INTO schema_migration (number, name, checksum)
                    VALUES (\(file.number), \(file.name), \(file.checksum))
                    """), deadline: deadline)
            return file
        }
    }

    private func takeRole(_ transaction: borrowing PostgresTransaction, deadline: ContinuousClock.Instant) async throws
    {
        guard let owner else { return }
        try await transaction.execute(
            Statement("BecomeOwner", "SET LOCAL ROLE \(owner)", prepared: false), deadline: deadline)
    }

    private func readApplied(_ transaction: borrowing PostgresTransaction) async throws -> [AppliedMigration] {
        let deadline = ContinuousClock.now + .seconds(30)
        let table = try await transaction.query(
            Statement("FindSchemaMigration", "SELECT to_regclass('public.schema_migration') IS NOT NULL"),
            deadline: deadline)
        guard try table.value(0, 0, as: Bool.self) else { return [] }
        let rows = try await transaction.query(
            Statement(
                "ListSchemaMigrations", "SELECT number, name, checksum FROM public.schema_migration ORDER BY number"),
            deadline: deadline)
        return try rows.map { row in
            AppliedMigration(
                number: try row.value(0, as: Int.self), name: try row.value(1, as: String.self),
                checksum: try row.value(2, as: String.self))
        }
    }

    private func createTable(
        _ transaction: borrowing PostgresTransaction, deadline: ContinuousClock.Instant
    ) async throws {
        try await transaction.execute(
            Statement(
                "CreateSchemaMigration",
                """
                CREATE TABLE public.schema_migration (
                    number integer PRIMARY KEY CHECK (number > 0),
                    name text NOT NULL,
                    checksum text NOT NULL CHECK (checksum ~ '^[0-9a-f]{64}$'),
                    applied_at timestamptz NOT NULL DEFAULT now()
                )
                """, prepared: false), deadline: deadline)
    }
}
