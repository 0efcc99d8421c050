import PostgresClient

/// Changes of a tenant's database made as its owner, in transactions that wait for no lock longer than they may keep others
/// waiting.
struct OwnerChange {
    let owner: Identifier

    private static let attempts = 30

    /// Runs `body` in such a transaction; done anew while there is always somebody before it.
    @discardableResult
    func run<Answer>(
        _ connection: borrowing PostgresConnection, deadline: ContinuousClock.Instant,
        _ body: (borrowing PostgresTransaction) async throws -> Answer
    ) async throws -> Answer {
        var attempt = 1
        while true {
            do {
                return try await connection.withTransaction(deadline: deadline) { transaction in
                    try await become(transaction)
                    return try await body(transaction)
                }
            } catch PostgresError.server(let error)
                where [.lockNotAvailable, .deadlockDetected].contains(error.sqlState) && attempt < Self.attempts
            {
                attempt += 1
                try await ContinuousClock().sleep(for: .seconds(1))
            }
        }
    }

    /// What the transaction does from here on, it does as the owner.
    func become(_ transaction: borrowing PostgresTransaction) async throws {
        let deadline = ContinuousClock.now + .seconds(30)
        try await transaction.execute(
            Statement("BecomeOwner", "SET LOCAL ROLE \(owner)", prepared: false), deadline: deadline)
        try await transaction.execute(
            Statement("LimitLockWait", "SET LOCAL lock_timeout = '2s'", prepared: false), deadline: deadline)
    }
}
