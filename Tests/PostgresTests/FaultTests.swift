import PostgresClient
import Synchronization
import TestSupport
import Testing

/// What happens when the server dies, hangs or comes back. Each test has a cluster of its own.
@Suite(.serialized) struct FaultTests {
    private let one = Statement("One", "select 1", idempotent: true)
    /// Five times the promised two seconds.
    private let longestReturn = Duration.seconds(10)

    @Test func killedBackendsUnderLoadHarmOnlyWhatCannotBeRepeated() async throws {
        let cluster = try PostgresCluster()
        try cluster.sql("create table t (id bigint primary key)")
        try await withPool(connections: 4, cluster: cluster) { pool in
            let load = Load()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        while !load.isStopped {
                            let id = load.next()
                            do throws(PostgresError) {
                                try await pool.execute(Statement("Add", "insert into t values (\(id))"), deadline: soon)
                                load.note { $0.acknowledged.append(id) }
                            } catch {
                                load.note { $0.writeFailures.append(error) }
                            }
                            do throws(PostgresError) {
                                _ = try await pool.query(
                                    Statement("Count", "select count(*) from t", idempotent: true), deadline: soon)
                            } catch {
                                load.note { $0.readFailures.append(error) }
                            }
                        }
                    }
                }
                for round in 1...5 {
                    #expect(await eventually { load.notes.lastID > round * 50 })
                    try cluster.killBackends()
                }
                load.stop()
                try await group.waitForAll()
            }
            let notes = load.notes
            for error in notes.writeFailures {
                #expect(error == .outcomeUnknown || error.isRetryable, "\(error)")
            }
            // A read may meet two dead connections in a row at worst; it is then told so.
            #expect(notes.readFailures.count <= 5, "\(notes.readFailures)")
            let rows = try await pool.query(Statement("Ids", "select id from t"), deadline: soon)
            let stored = Set(try rows.column(0, as: Int.self))
            #expect(stored.isSuperset(of: notes.acknowledged))
            #expect(notes.acknowledged.count > 100)
        }
    }

    @Test func deadConnectionsAreReplacedUnnoticed() async throws {
        let cluster = try PostgresCluster()
        try await withPool(connections: 1, cluster: cluster) { pool in
            for _ in 0..<5 {
                // Not even marked idempotent: nothing of it is sent on a dead connection.
                #expect(try await pool.query(Statement("One", "select 1"), deadline: soon).count == 1)
                try cluster.killBackends()
            }
        }
    }

    @Test func failsFastWhileAwayAndIsBackWithinTwoSeconds() async throws {
        let cluster = try PostgresCluster()
        try await withPool(cluster: cluster) { pool in
            _ = try await pool.query(one, deadline: soon)
            try cluster.stop()
            var slowest = Duration.zero
            for _ in 0..<200 {
                let start = ContinuousClock.now
                let error = await postgresError { _ = try await pool.query(one, deadline: soon) }
                guard case .unavailable = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
                slowest = max(slowest, start.duration(to: .now))
            }
            #expect(slowest < .seconds(2), "\(slowest)")
            try cluster.start()
            let start = ContinuousClock.now
            #expect(
                await eventually(within: longestReturn) {
                    await postgresError { _ = try await pool.query(one, deadline: soon) } == nil
                })
            #expect(start.duration(to: .now) < longestReturn, "\(start.duration(to: .now))")
        }
    }

    @Test func aCrashIsSurvivedToo() async throws {
        let cluster = try PostgresCluster()
        try await withPool(cluster: cluster) { pool in
            _ = try await pool.query(one, deadline: soon)
            try cluster.restart(.immediate)
            let start = ContinuousClock.now
            #expect(await eventually { await postgresError { _ = try await pool.query(one, deadline: soon) } == nil })
            #expect(start.duration(to: .now) < longestReturn)
        }
    }

    @Test func deadlinesHoldAgainstAHungServer() async throws {
        let cluster = try PostgresCluster()
        try await withPool(connections: 2, cluster: cluster) { pool in
            _ = try await pool.query(one, deadline: soon)
            try cluster.pause()
            defer { cluster.resume() }
            for _ in 0..<6 {
                let start = ContinuousClock.now
                let error = await postgresError { _ = try await pool.query(one, deadline: start + .milliseconds(300)) }
                let took = start.duration(to: .now)
                #expect(error == .deadlineExceeded, "\(String(describing: error))")
                #expect(took < .seconds(2), "\(took)")
            }
            let late = await postgresError {
                try await pool.withTransaction(deadline: .now + .milliseconds(300)) { _ in }
            }
            #expect(late == .deadlineExceeded)
            cluster.resume()
            let start = ContinuousClock.now
            #expect(
                await eventually {
                    await postgresError { _ = try await pool.query(one, deadline: .now + .seconds(1)) } == nil
                })
            #expect(start.duration(to: .now) < longestReturn)
        }
    }

    @Test func aCommitThatIsNotAnsweredHasAnUnknownOutcome() async throws {
        let cluster = try PostgresCluster()
        try cluster.sql("create table t (id bigint)")
        try await withPool(connections: 1, cluster: cluster) { pool in
            defer { cluster.resume() }
            let start = ContinuousClock.now
            let error = await postgresError {
                try await pool.withTransaction(deadline: start + .milliseconds(1000)) { transaction in
                    try await transaction.execute(Statement("Add", "insert into t values (1)"), deadline: soon)
                    try cluster.pause()
                }
            }
            #expect(error == .outcomeUnknown)
            #expect(start.duration(to: .now) < .seconds(4))
        }
    }

    @Test func transactionsLostMidwayLeaveNothing() async throws {
        let cluster = try PostgresCluster()
        try cluster.sql("create table t (id bigint)")
        try await withPool(cluster: cluster) { pool in
            let error = await postgresError {
                try await pool.withTransaction(deadline: soon) { transaction in
                    try await transaction.execute(Statement("Add", "insert into t values (1)"), deadline: soon)
                    try cluster.killBackends()
                    try await transaction.execute(Statement("Add", "insert into t values (2)"), deadline: soon)
                }
            }
            guard case .unavailable = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            let left = try await pool.query(Statement("All", "select * from t"), deadline: soon)
            #expect(left.isEmpty)
        }
    }
}

/// What clients under load saw.
private final class Load: Sendable {
    struct Notes {
        var lastID = 0
        var isStopped = false
        var acknowledged: [Int] = []
        var writeFailures: [PostgresError] = []
        var readFailures: [PostgresError] = []
    }

    private let state = Mutex(Notes())

    var notes: Notes { state.withLock { $0 } }
    var isStopped: Bool { notes.isStopped }

    func next() -> Int {
        state.withLock { notes in
            notes.lastID += 1
            return notes.lastID
        }
    }

    func stop() { note { $0.isStopped = true } }

    func note(_ change: (inout sending Notes) -> Void) { state.withLock { change(&$0) } }
}
