import PostgresClient
import TestSupport
import Testing

@Suite struct CancellationTests {
    /// How many statements marked so run on the server now.
    private func running(_ mark: String, _ pool: PostgresPool) async throws -> Int {
        try await pool.query(
            Statement(
                "Running",
                """
                select count(*) from pg_stat_activity
                where state = 'active' and query like \("%" + mark + "%") and pid <> pg_backend_pid()
                """), deadline: soon
        ).value(0, 0)
    }

    @Test func deadlineStopsTheServerAndKeepsTheConnection() async throws {
        try await withPool(connections: 1) { pool in
            try await withPool(connections: 1) { watcher in
                try await pool.withConnection(deadline: soon) { connection in
                    let who = Statement("Who", "select pg_backend_pid()")
                    let before = try await connection.query(who, deadline: soon).value(0, 0, as: Int.self)
                    let start = ContinuousClock.now
                    let error = await postgresError {
                        try await connection.execute(
                            Statement("Nap", "select pg_sleep(60) /* deadline mark */"),
                            deadline: start + .milliseconds(100))
                    }
                    let took = start.duration(to: .now)
                    #expect(error == .deadlineExceeded)
                    #expect(took >= .milliseconds(100) && took < .seconds(2), "\(took)")
                    #expect(try await connection.query(who, deadline: soon).value(0, 0, as: Int.self) == before)
                    #expect(try await running("deadline mark", watcher) == 0)
                }
            }
        }
    }

    @Test func cancelledTaskStopsTheServer() async throws {
        try await withPool(connections: 1) { pool in
            try await withPool(connections: 1) { watcher in
                let task = Task {
                    await postgresError {
                        try await pool.execute(
                            Statement("Nap", "select pg_sleep(60) /* cancel mark */"), deadline: .now + .seconds(60))
                    }
                }
                let started = try await eventually { try await running("cancel mark", watcher) == 1 }
                #expect(started)
                task.cancel()
                #expect(await task.value == .cancelled)
                let stopped = try await eventually { try await running("cancel mark", watcher) == 0 }
                #expect(stopped)
                // The same connection goes on.
                _ = try await pool.query(Statement("One", "select 1"), deadline: soon)
                #expect(pool.statistics.open == 1)
            }
        }
    }

    @Test func cancelledBeforeItStartsNeverRuns() async throws {
        try await withPool(connections: 1) { pool in
            let task = Task {
                // Ends when cancelled.
                for await _ in AsyncStream<Void>.makeStream().stream {}
                return await postgresError { try await pool.execute(Statement("One", "select 1"), deadline: soon) }
            }
            task.cancel()
            #expect(await task.value == .cancelled)
            #expect(pool.statistics.statements == 0)
            #expect(pool.statistics.waiting == 0)
        }
    }

    @Test func aLateCancelNeverHitsTheNextStatement() async throws {
        try await withPool(connections: 1) { pool in
            try await pool.withConnection(deadline: soon) { connection in
                for round in 0..<200 {
                    // Ends about when it is cancelled.
                    _ = await postgresError {
                        try await connection.execute(
                            Statement("Brief", "select pg_sleep(0.002)"), deadline: .now + .milliseconds(2))
                    }
                    let rows = try await connection.query(Statement("Echo", "select \(round)"), deadline: soon)
                    #expect(try rows.value(0, 0, as: Int.self) == round)
                }
            }
        }
    }

    @Test func waitingForAConnectionEndsAtTheDeadlineOrWithTheTask() async throws {
        try await withPool(connections: 1) { pool in
            try await pool.withConnection(deadline: soon) { _ in
                let start = ContinuousClock.now
                let late = await postgresError {
                    try await pool.execute(Statement("One", "select 1"), deadline: start + .milliseconds(100))
                }
                #expect(late == .deadlineExceeded)
                #expect(start.duration(to: .now) < .seconds(2))
                let task = Task {
                    await postgresError { try await pool.execute(Statement("One", "select 1"), deadline: soon) }
                }
                #expect(await eventually { pool.statistics.waiting == 1 })
                task.cancel()
                #expect(await task.value == .cancelled)
                #expect(pool.statistics.waiting == 0)
            }
        }
    }
}
