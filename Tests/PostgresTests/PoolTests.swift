import PostgresClient
import Synchronization
import TestSupport
import Testing

@Suite struct PoolTests {
    @Test func neverMoreConnectionsThanAllowedAndAllAreServed() async throws {
        try await withPool(connections: 3, waiting: 1000) { pool in
            let tally = Tally()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for value in 0..<300 {
                    group.addTask {
                        try await pool.withConnection(deadline: soon) { connection in
                            tally.enter()
                            let rows = try await connection.query(
                                Statement("Echo", "select \(value), pg_sleep(0.001)"), deadline: soon)
                            #expect(try rows.value(0, 0, as: Int.self) == value)
                            tally.leave()
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect((2...3).contains(tally.most))
            let statistics = pool.statistics
            #expect(statistics.open <= 3 && statistics.waiting == 0)
            #expect(statistics.statements == 300 && statistics.failures == 0)
            #expect(statistics.byStatement.map(\.name) == ["Echo"])
            #expect(statistics.byStatement.first?.runs == 300 && statistics.byStatement.first?.rowsOfLongest == 1)
        }
    }

    @Test func fullQueueIsRefusedAtOnce() async throws {
        try await withPool(connections: 1, waiting: 2) { pool in
            try await pool.withConnection(deadline: soon) { _ in
                let waiting = (0..<2).map { _ in
                    Task {
                        await postgresError { try await pool.execute(Statement("One", "select 1"), deadline: soon) }
                    }
                }
                #expect(await eventually { pool.statistics.waiting == 2 })
                let third = await postgresError { try await pool.execute(Statement("One", "select 1"), deadline: soon) }
                #expect(third == .poolExhausted)
                for task in waiting { task.cancel() }
                for task in waiting { #expect(await task.value == .cancelled) }
            }
            // The control: room again.
            #expect(try await pool.query(Statement("One", "select 1"), deadline: soon).count == 1)
        }
    }

    @Test func servesInOrderOfArrival() async throws {
        try await withPool(connections: 1) { pool in
            let order = Order()
            let tasks = try await pool.withConnection(deadline: soon) { _ in
                var tasks: [Task<Void, any Error>] = []
                for number in 0..<10 {
                    tasks.append(
                        Task {
                            try await pool.withConnection(deadline: soon) { _ in order.add(number) }
                        })
                    #expect(await eventually { pool.statistics.waiting == number + 1 })
                }
                return tasks
            }
            for task in tasks { try await task.value }
            #expect(order.numbers == Array(0..<10))
        }
    }

    @Test func idleConnectionsAreClosed() async throws {
        try await withPool(connections: 2, idleTime: .milliseconds(100)) { pool in
            _ = try await pool.query(Statement("One", "select 1"), deadline: soon)
            #expect(pool.statistics.open == 1)
            #expect(await eventually { pool.statistics.open == 0 })
            _ = try await pool.query(Statement("One", "select 1"), deadline: soon)
            #expect(pool.statistics.open == 1)
        }
    }

    @Test func closingWaitsForLoansAndRefusesNewOnes() async throws {
        let pool = try PostgresPool(PostgresCluster.shared().settings(), logger: quiet)
        let (entered, enter) = AsyncStream.makeStream(of: Void.self)
        let (left, leave) = AsyncStream.makeStream(of: Void.self)
        let loan = Task {
            try await pool.withConnection(deadline: soon) { connection in
                enter.finish()
                for await _ in left {}
                return try await connection.query(Statement("One", "select 1"), deadline: soon).count
            }
        }
        for await _ in entered {}
        let closing = Task { await pool.close() }
        #expect(
            await eventually {
                await postgresError { try await pool.execute(Statement("One", "select 1"), deadline: soon) } == .closed
            })
        leave.finish()
        #expect(try await loan.value == 1)
        await closing.value
        #expect(pool.statistics.open == 0)
        await pool.close()
    }
}

/// How many are inside at once.
private final class Tally: Sendable {
    private let counts = Mutex((inside: 0, most: 0))

    var most: Int { counts.withLock { $0.most } }

    func enter() {
        counts.withLock { counts in
            counts.inside += 1
            counts.most = max(counts.most, counts.inside)
        }
    }

    func leave() { counts.withLock { $0.inside -= 1 } }
}

/// Numbers in the order they came.
private final class Order: Sendable {
    private let list = Mutex<[Int]>([])

    var numbers: [Int] { list.withLock { $0 } }

    func add(_ number: Int) { list.withLock { $0.append(number) } }
}
