import PostgresClient
import TestSupport
import Testing

@Suite struct TransactionTests {
    private struct Broken: Error {}

    private func withTable(_ body: (PostgresPool) async throws -> Void) async throws {
        let cluster = try PostgresCluster.shared()
        let database = try cluster.createDatabase()
        let pool = try PostgresPool(
            cluster.settings(database: database), limits: PoolLimits(connections: 2), logger: quiet)
        try await pool.execute(Statement("Make", "create table t (id bigint primary key)"), deadline: soon)
        try await body(pool)
        await pool.close()
    }

    private func ids(_ pool: PostgresPool) async throws -> [Int] {
        try await pool.query(Statement("Ids", "select id from t order by id"), deadline: soon).column(0)
    }

    @Test func commitsOnReturnAndRollsBackOnThrow() async throws {
        try await withTable { pool in
            let answer = try await pool.withTransaction(deadline: soon) { transaction in
                try await transaction.execute(Statement("Add", "insert into t values (1)"), deadline: soon)
                return "done"
            }
            #expect(answer == "done")
            await #expect(throws: Broken.self) {
                try await pool.withTransaction(deadline: soon) { transaction in
                    try await transaction.execute(Statement("Add", "insert into t values (2)"), deadline: soon)
                    throw Broken()
                }
            }
            #expect(try await ids(pool) == [1])
            #expect(pool.statistics.open <= 2)
        }
    }

    @Test func anIgnoredErrorIsNotACommit() async throws {
        try await withTable { pool in
            let error = await postgresError {
                try await pool.withTransaction(deadline: soon) { transaction in
                    try await transaction.execute(Statement("Add", "insert into t values (1)"), deadline: soon)
                    _ = try? await transaction.execute(Statement("Bad", "select 1 / 0"), deadline: soon)
                }
            }
            guard case .misuse = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            let left = try await ids(pool)
            #expect(left == [])
        }
    }

    @Test func savepointsUndoTheirPartAlone() async throws {
        try await withTable { pool in
            try await pool.withTransaction(deadline: soon) { transaction in
                try await transaction.execute(Statement("Add", "insert into t values (1)"), deadline: soon)
                for value in [2, 1, 3] {
                    let error = await postgresError {
                        _ = try await transaction.withSavepoint(deadline: soon) { savepoint in
                            try await savepoint.execute(
                                Statement("Add", "insert into t values (\(value))"), deadline: soon)
                        }
                    }
                    #expect((error == nil) == (value != 1))
                }
            }
            #expect(try await ids(pool) == [1, 2, 3])
        }
    }

    @Test func modes() async throws {
        try await withTable { pool in
            for mode in TransactionMode.allCases {
                let error = await postgresError {
                    try await pool.withTransaction(mode, deadline: soon) { transaction in
                        try await transaction.execute(Statement("Add", "insert into t values (1)"), deadline: soon)
                        throw Broken()
                    }
                }
                switch mode {
                case .readOnly, .readOnlySnapshot:
                    guard case .server(let server) = error else {
                        Issue.record("\(mode)")
                        return
                    }
                    #expect(server.sqlState == .readOnlyTransaction)
                case .readWrite, .repeatableRead, .serializable: #expect(error == nil, "\(mode)")
                }
            }
        }
    }

    @Test func conflictsAreRetryable() async throws {
        try await withTable { pool in
            try await pool.execute(Statement("Add", "insert into t values (1)"), deadline: soon)
            let error = await postgresError {
                try await pool.withTransaction(.repeatableRead, deadline: soon) { transaction in
                    _ = try await transaction.query(Statement("Ids", "select id from t"), deadline: soon)
                    try await pool.execute(Statement("Other", "update t set id = 2"), deadline: soon)
                    try await transaction.execute(Statement("Mine", "update t set id = 3"), deadline: soon)
                }
            }
            #expect(error?.isRetryable == true)
            #expect(try await ids(pool) == [2])
        }
    }

    @Test func whatIsLeftOpenIsRolledBack() async throws {
        try await withTable { pool in
            try await pool.withConnection(deadline: soon) { connection in
                try await connection.execute(Statement("Begin", "begin", prepared: false), deadline: soon)
                try await connection.execute(Statement("Add", "insert into t values (1)"), deadline: soon)
            }
            let left = try await ids(pool)
            #expect(left == [])
        }
    }

    @Test func aDeadlineInsideRollsBack() async throws {
        try await withTable { pool in
            let error = await postgresError {
                try await pool.withTransaction(deadline: .now + .milliseconds(150)) { transaction in
                    try await transaction.execute(Statement("Add", "insert into t values (1)"), deadline: soon)
                    try await transaction.execute(
                        Statement("Nap", "select pg_sleep(60)"), deadline: .now + .milliseconds(100))
                }
            }
            #expect(error == .deadlineExceeded)
            let left = try await ids(pool)
            #expect(left == [])
        }
    }

    @Test func aCommitPastItsDeadlineOrCancelledIsNotSent() async throws {
        try await withTable { pool in
            let late = await postgresError {
                let deadline = ContinuousClock.now + .milliseconds(50)
                try await pool.withTransaction(deadline: deadline) { transaction in
                    try await transaction.execute(Statement("Add", "insert into t values (1)"), deadline: soon)
                    try await transaction.execute(Statement("Nap", "select pg_sleep(0.1)"), deadline: soon)
                }
            }
            #expect(late == .deadlineExceeded)
            let left = try await ids(pool)
            #expect(left == [])
        }
    }

    @Test func aLostCommitHasAnUnknownOutcome() async throws {
        try await withTable { pool in
            // A trigger that ends its own backend at the very commit.
            try await pool.withConnection(deadline: soon) { connection in
                try await connection.executeUncheckedScript(
                    "Make",
                    """
                    create function die() returns trigger language plpgsql as $$
                    begin
                        perform pg_terminate_backend(pg_backend_pid());
                        perform pg_sleep(10);
                        return null;
                    end $$;
                    create constraint trigger die after insert on t deferrable initially deferred
                        for each row when (new.id = 13) execute function die();
                    """, deadline: soon)
            }
            let error = await postgresError {
                _ = try await pool.withTransaction(deadline: soon) { transaction in
                    try await transaction.execute(Statement("Add", "insert into t values (13)"), deadline: soon)
                }
            }
            #expect(error == .outcomeUnknown)
            // The control: the same way with another row.
            try await pool.withTransaction(deadline: soon) { transaction in
                try await transaction.execute(Statement("Add", "insert into t values (14)"), deadline: soon)
            }
            #expect(try await ids(pool) == [14])
        }
    }
}
