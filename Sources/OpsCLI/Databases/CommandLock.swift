import PostgresClient

/// One verb at a time changes roles and databases, over all operators' machines.
enum CommandLock {
    /// Runs `body` while holding the lock; waits up to ten minutes for another `camet` to end.
    static func hold<Answer>(_ admin: AdminAccess, _ body: () async throws -> Answer) async throws -> Answer {
        try await admin.withPool(try Identifier("postgres")) { pool in
            try await pool.withConnection(deadline: .now + .seconds(10)) { connection in
                do {
                    // 0x63616d65: 'came', the class of locks of the CLI; 0: the command itself. Held by the session,
                    // as CREATE DATABASE allows no transaction; the connection is closed at the end.
                    try await connection.execute(
                        Statement("LockCommand", "SELECT pg_advisory_lock(1667329381, 0)"),
                        deadline: .now + .seconds(600))
                } catch PostgresError.deadlineExceeded {
                    throw OpsFailure("another camet command has been changing databases for ten minutes")
                }
                return try await body()
            }
        }
    }
}
