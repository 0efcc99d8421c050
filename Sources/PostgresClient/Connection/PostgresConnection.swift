/// A connection on loan from a pool, for one task; cannot be kept beyond the loan.
///
/// What a session keeps by itself (SET, temporary tables, advisory locks) stays with the connection: use SET LOCAL and
/// transaction-level locks.
package struct PostgresConnection: ~Copyable, PostgresExecutor {
    package let session: Session

    init(_ session: Session) {
        self.session = session
    }

    /// Runs `body` in a transaction: commits when it returns, rolls back when it throws.
    ///
    /// Throws `outcomeUnknown` when the connection dies or the deadline passes with the COMMIT in flight.
    @discardableResult
    package func withTransaction<Result>(
        _ mode: TransactionMode = .readWrite, deadline: ContinuousClock.Instant,
        isolation: isolated (any Actor)? = #isolation, _ body: (borrowing PostgresTransaction) async throws -> Result
    ) async throws -> Result {
        try await session.begin(mode, deadline: deadline)
        return try await session.finishTransaction(deadline: deadline, isolation: isolation, body)
    }
}

/// How a transaction sees and changes data.
package enum TransactionMode: Sendable, Hashable, CaseIterable {
    /// READ COMMITTED.
    case readWrite
    /// READ COMMITTED, refusing to write.
    case readOnly
    /// REPEATABLE READ, refusing to write: every statement sees the same moment.
    case readOnlySnapshot
    /// REPEATABLE READ; may fail with 40001 and then has to be done again.
    case repeatableRead
    /// SERIALIZABLE; may fail with 40001 and then has to be done again.
    case serializable

    var begin: StaticString {
        switch self {
        case .readWrite: "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
        case .readOnly: "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY"
        case .readOnlySnapshot: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
        case .repeatableRead: "BEGIN ISOLATION LEVEL REPEATABLE READ READ WRITE"
        case .serializable: "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE"
        }
    }
}

/// An open transaction, for one task; ends with the closure it was given to.
package struct PostgresTransaction: ~Copyable, PostgresExecutor {
    package let session: Session

    init(_ session: Session) {
        self.session = session
    }

    /// Runs `body` so that, when it throws, only what it did is undone and the transaction can go on.
    @discardableResult
    package func withSavepoint<Result>(
        deadline: ContinuousClock.Instant, isolation: isolated (any Actor)? = #isolation,
        _ body: (borrowing PostgresTransaction) async throws -> Result
    ) async throws -> Result {
        let session = session
        // Savepoints of one name nest: the innermost is meant.
        try await session.run("SAVEPOINT camet", deadline: deadline)
        do {
            let result = try await body(PostgresTransaction(session))
            try await session.run("RELEASE SAVEPOINT camet", deadline: deadline)
            return result
        } catch {
            // If this fails too, the transaction as a whole fails, which is noticed at its next statement.
            try? await session.run("ROLLBACK TO SAVEPOINT camet; RELEASE SAVEPOINT camet", deadline: deadline)
            throw error
        }
    }
}

extension Session {
    /// Opens a transaction.
    func begin(_ mode: TransactionMode, deadline: ContinuousClock.Instant) async throws(PostgresError) {
        try await perform(deadline: deadline) { (wire) throws(PostgresError) in
            guard wire.condition == .idle else { throw .misuse("a transaction is open already") }
            _ = try wire.command(mode.begin, deadline: deadline)
        }
    }

    /// Runs `body` in the open transaction; commits when it returns, rolls back when it throws.
    func finishTransaction<Result>(
        deadline: ContinuousClock.Instant, isolation: isolated (any Actor)?,
        _ body: (borrowing PostgresTransaction) async throws -> Result
    ) async throws -> Result {
        do {
            let result = try await body(PostgresTransaction(self))
            try await perform(deadline: deadline) { (wire) throws(PostgresError) in
                try wire.commit(deadline: deadline)
            }
            return result
        } catch {
            await rollBack()
            throw error
        }
    }

    /// Runs a command of ours inside a transaction.
    fileprivate func run(_ text: StaticString, deadline: ContinuousClock.Instant) async throws(PostgresError) {
        try await perform(deadline: deadline, cancellable: false) { (wire) throws(PostgresError) in
            _ = try wire.command(text, deadline: deadline)
        }
    }

    /// Rolls back what is open; what that cannot end in a second is ended when the connection is given back.
    fileprivate func rollBack() async {
        let deadline = ContinuousClock.now + .seconds(1)
        guard isReady else { return }
        try? await perform(deadline: deadline, cancellable: false) { (wire) throws(PostgresError) in
            guard wire.condition == .inTransaction else { return }
            _ = try wire.command("ROLLBACK", deadline: deadline)
        }
    }
}
