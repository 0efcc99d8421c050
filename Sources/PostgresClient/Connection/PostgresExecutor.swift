/// Whatever statements can be run on, one at a time: a leased connection or a transaction.
package protocol PostgresExecutor: ~Copyable {
    /// The connection behind it.
    var session: Session { get }
}

extension PostgresExecutor where Self: ~Copyable {
    /// Runs a statement and gives all its rows.
    ///
    /// Throws `deadlineExceeded` at the deadline and `cancelled` with the task; either way the server is told to stop.
    package func query(
        _ statement: Statement, deadline: ContinuousClock.Instant
    ) async throws(PostgresError) -> Rows {
        try await session.measured(statement, deadline: deadline, rows: \.affected) { (wire) throws(PostgresError) in
            try wire.query(statement, deadline: deadline)
        }
    }

    /// Runs a statement; gives the number of rows it touched.
    @discardableResult
    package func execute(
        _ statement: Statement, deadline: ContinuousClock.Instant
    ) async throws(PostgresError) -> Int {
        try await query(statement, deadline: deadline).affected
    }

    /// Runs a whole script of SQL text, as a migration file of the product: the one way for text not in the source
    /// code.
    ///
    /// Several statements are one transaction unless the script says otherwise. Never pass anything a user had a hand
    /// in.
    package func executeUncheckedScript(
        _ name: StaticString, _ text: String, deadline: ContinuousClock.Instant
    ) async throws(PostgresError) {
        let statement = Statement(name, "")
        _ = try await session.measured(statement, deadline: deadline, rows: \.self) { (wire) throws(PostgresError) in
            _ = try wire.script(text, wire.inFlight(statement), deadline: deadline)
            return 0
        }
    }

    /// Runs a statement and hands its rows over page by page, in order; the server waits while a page is worked on.
    ///
    /// When `body` throws, the statement is stopped on the server and the error passed on.
    package func forEachPage(
        _ statement: Statement, rows: Int, deadline: ContinuousClock.Instant,
        isolation: isolated (any Actor)? = #isolation, _ body: (Rows) async throws -> Void
    ) async throws {
        precondition(rows > 0, "a page has at least one row")
        let session = session
        var measurement = Measurement()
        var isStreaming = false
        do {
            try await measurement.perform(on: session, deadline: deadline) { (wire) throws(PostgresError) in
                try wire.startPages(statement, deadline: deadline)
            }
            isStreaming = true
            while let page = try await measurement.perform(
                on: session, deadline: deadline,
                { (wire) throws(PostgresError) -> Rows? in
                    try wire.nextPage(rows, deadline: deadline)
                })
            {
                measurement.rows += page.count
                try await body(page)
            }
            measurement.record(statement, on: session, failed: false)
        } catch {
            measurement.record(statement, on: session, failed: true)
            if isStreaming { await session.abandonStream() }
            throw error
        }
    }

    /// Runs `COPY … FROM STDIN` with the chunks that `body` writes; gives the number of rows.
    ///
    /// Each write waits until the socket has taken it. When `body` throws, nothing is kept and the error is passed on.
    /// A row the server refuses is thrown at the end.
    @discardableResult
    package func copyIn(
        _ statement: Statement, deadline: ContinuousClock.Instant, isolation: isolated (any Actor)? = #isolation,
        _ body: (borrowing CopyInWriter) async throws -> Void
    ) async throws -> Int {
        let session = session
        let start = ContinuousClock.now
        do {
            let count = try await session.copyIn(statement, deadline: deadline, isolation: isolation, body)
            session.meter.record(statement.name, start.duration(to: .now), rows: count)
            return count
        } catch {
            session.meter.record(statement.name, start.duration(to: .now), rows: nil)
            throw error
        }
    }

    /// Runs `COPY … FROM STDIN` with the chunks of a sequence; gives the number of rows.
    @discardableResult
    package func copyIn<Chunks: AsyncSequence>(
        _ statement: Statement, from chunks: Chunks, deadline: ContinuousClock.Instant,
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> Int where Chunks.Element == [UInt8] {
        try await copyIn(statement, deadline: deadline, isolation: isolation) { writer in
            for try await chunk in chunks { try await writer.write(chunk) }
        }
    }

    /// Runs `COPY … TO STDOUT` and hands the bytes over in chunks of about 64 KiB; the server waits meanwhile.
    ///
    /// When `body` throws, the COPY is stopped on the server and the error passed on.
    package func copyOut(
        _ statement: Statement, deadline: ContinuousClock.Instant, isolation: isolated (any Actor)? = #isolation,
        _ body: ([UInt8]) async throws -> Void
    ) async throws {
        let session = session
        var measurement = Measurement()
        var isStreaming = false
        do {
            try await measurement.perform(on: session, deadline: deadline) { (wire) throws(PostgresError) in
                try wire.startCopyOut(statement, deadline: deadline)
            }
            isStreaming = true
            while let chunk = try await measurement.perform(
                on: session, deadline: deadline,
                { (wire) throws(PostgresError) -> [UInt8]? in
                    try wire.nextCopyChunk(size: 65_536, deadline: deadline)
                })
            {
                try await body(chunk)
            }
            measurement.record(statement, on: session, failed: false)
        } catch {
            measurement.record(statement, on: session, failed: true)
            if isStreaming { await session.abandonStream() }
            throw error
        }
    }
}

/// Feeds one COPY.
package struct CopyInWriter: ~Copyable {
    fileprivate let session: Session
    fileprivate let deadline: ContinuousClock.Instant

    /// Sends a chunk; rows may span chunks. Returns when the socket has taken it.
    package func write(_ chunk: [UInt8]) async throws(PostgresError) {
        let deadline = deadline
        try await session.perform(deadline: deadline) { (wire) throws(PostgresError) in
            guard wire.condition == .streaming else { throw .misuse("the COPY has ended") }
            try wire.putCopy(chunk, deadline: deadline)
        }
    }
}

extension Session {
    /// Runs work and records how long it took and how many rows it gave or touched.
    func measured<Answer: Sendable>(
        _ statement: Statement, deadline: ContinuousClock.Instant, rows: (Answer) -> Int,
        _ work: @escaping @Sendable (Wire) throws(PostgresError) -> Answer
    ) async throws(PostgresError) -> Answer {
        let start = ContinuousClock.now
        do throws(PostgresError) {
            let answer = try await perform(deadline: deadline, work)
            meter.record(statement.name, start.duration(to: .now), rows: rows(answer))
            return answer
        } catch {
            meter.record(statement.name, start.duration(to: .now), rows: nil)
            throw error
        }
    }

    /// Runs a COPY IN from its start to its end; gives the number of rows.
    fileprivate func copyIn(
        _ statement: Statement, deadline: ContinuousClock.Instant, isolation: isolated (any Actor)?,
        _ body: (borrowing CopyInWriter) async throws -> Void
    ) async throws -> Int {
        let inTransaction = try await perform(deadline: deadline) { (wire) throws(PostgresError) in
            let inTransaction = wire.condition == .inTransaction
            try wire.startCopyIn(statement, deadline: deadline)
            return inTransaction
        }
        do {
            try await body(CopyInWriter(session: self, deadline: deadline))
        } catch {
            await abortCopyIn()
            throw error
        }
        return try await perform(deadline: deadline) { (wire) throws(PostgresError) in
            guard wire.condition == .streaming else { throw .misuse("the COPY had failed, its error was ignored") }
            return try wire.finishCopyIn(inTransaction: inTransaction, deadline: deadline)
        }
    }

    /// Lets the thread stop a stream that nobody reads on.
    func abandonStream() async {
        try? await perform(deadline: .now + .seconds(60), cancellable: false) { (wire) throws(PostgresError) in
            wire.holdsStream = false
        }
    }

    /// Ends a COPY IN so that nothing of it is kept.
    func abortCopyIn() async {
        let deadline = ContinuousClock.now + .seconds(1)
        try? await perform(deadline: deadline, cancellable: false) { (wire) throws(PostgresError) in
            guard wire.condition == .streaming else { return }
            wire.interruption = { nil }
            try wire.abortCopyIn(deadline: deadline)
        }
    }
}
