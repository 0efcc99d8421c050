import PostgresClient
import TestSupport
import Testing

@Suite struct QueryTests {
    private let preparedCount = Statement("Count", "select count(*) from pg_prepared_statements", prepared: false)

    @Test func preparesOncePerConnection() async throws {
        try await withPool(connections: 1) { pool in
            for value in 0..<20 {
                let rows = try await pool.query(Statement("Echo", "select \(value)"), deadline: soon)
                #expect(try rows.value(0, 0, as: Int.self) == value)
            }
            #expect(try await pool.query(preparedCount, deadline: soon).value(0, 0, as: Int.self) == 1)
            // The same text with another type is another statement.
            _ = try await pool.query(Statement("Echo", "select \("x")"), deadline: soon)
            #expect(try await pool.query(preparedCount, deadline: soon).value(0, 0, as: Int.self) == 2)
        }
    }

    @Test func keepsAtMostSoManyPrepared() async throws {
        try await withPool(connections: 1, preparedLimit: 3) { pool in
            let statements = [
                Statement("A", "select 1"), Statement("B", "select 2"), Statement("C", "select 3"),
                Statement("D", "select 4"), Statement("E", "select 5"),
            ]
            for round in 0..<3 {
                for (index, statement) in statements.enumerated() {
                    let rows = try await pool.query(statement, deadline: soon)
                    #expect(try rows.value(0, 0, as: Int.self) == index + 1, "round \(round)")
                }
            }
            #expect(try await pool.query(preparedCount, deadline: soon).value(0, 0, as: Int.self) == 3)
        }
    }

    @Test func survivesAChangedTable() async throws {
        let cluster = try PostgresCluster.shared()
        let database = try cluster.createDatabase()
        let pool = try PostgresPool(
            cluster.settings(database: database), limits: PoolLimits(connections: 1), logger: quiet)
        try await pool.execute(Statement("Make", "create table t (a bigint)"), deadline: soon)
        let all = Statement("All", "select * from t")
        #expect(try await pool.query(all, deadline: soon).columnCount == 1)
        try cluster.sql("alter table t add column b text", database: database)
        #expect(try await pool.query(all, deadline: soon).columnCount == 2)
        // Also when somebody threw all prepared statements away.
        try await pool.execute(Statement("Drop", "deallocate all", prepared: false), deadline: soon)
        #expect(try await pool.query(all, deadline: soon).columnCount == 2)
        await pool.close()
    }

    @Test func errorsTellWhatButNotTheData() async throws {
        try await withPool { pool in
            try await pool.withConnection(deadline: soon) { connection in
                try await connection.execute(
                    Statement(
                        "Make", "create temporary table t (id bigint constraint only_once unique, n int not null)"),
                    deadline: soon)
                try await connection.execute(Statement("Add", "insert into t values (4711, 1)"), deadline: soon)
                let twice = Statement("Add", "insert into t values (\(4711), 1)")
                do throws(PostgresError) {
                    try await connection.execute(twice, deadline: soon)
                    Issue.record("stored twice")
                } catch {
                    guard case .server(let server) = error else {
                        Issue.record("\(error)")
                        return
                    }
                    #expect(server.sqlState == .uniqueViolation)
                    #expect(server.constraint == "only_once")
                    #expect(server.table == "t")
                    #expect(server.severity == "ERROR")
                    #expect(error.operatorDetail?.contains("4711") == true)
                    var dumped = ""
                    dump(error, to: &dumped)
                    for text in ["\(error)", String(reflecting: error), dumped] { #expect(!text.contains("4711")) }
                }
                do throws(PostgresError) {
                    try await connection.execute(Statement("Add", "insert into t values (1, null)"), deadline: soon)
                    Issue.record("stored null")
                } catch {
                    guard case .server(let server) = error else {
                        Issue.record("\(error)")
                        return
                    }
                    #expect(server.sqlState == .notNullViolation)
                    #expect(server.column == "n")
                }
                // The connection is as good as before.
                #expect(try await connection.query(Statement("Count", "select * from t"), deadline: soon).count == 1)
            }
            let syntax = await postgresError { try await pool.execute(Statement("Bad", "selec 1"), deadline: soon) }
            guard case .server(let error) = syntax else {
                Issue.record("\(String(describing: syntax))")
                return
            }
            #expect(error.sqlState == .syntaxError)
        }
    }

    @Test func errorAtTheHiddenCommitIsTheStatementsError() async throws {
        try await withPool(connections: 1) { pool in
            try await pool.withConnection(deadline: soon) { connection in
                try await connection.executeUncheckedScript(
                    "Make",
                    """
                    create temporary table parent (id int primary key);
                    create temporary table child (id int references parent deferrable initially deferred);
                    """, deadline: soon)
                let error = await postgresError {
                    try await connection.execute(Statement("Orphan", "insert into child values (1)"), deadline: soon)
                }
                guard case .server(let server) = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
                #expect(server.sqlState == .foreignKeyViolation)
            }
        }
    }

    @Test func pages() async throws {
        try await withPool(connections: 1) { pool in
            try await pool.withConnection(deadline: soon) { connection in
                let series = Statement("Series", "select n, null::text, n::text from generate_series(1, \(10_005)) n")
                var sum = 0
                var sizes: [Int] = []
                try await connection.forEachPage(series, rows: 1000, deadline: soon) { page in
                    sizes.append(page.count)
                    sum += try page.column(0, as: Int.self).reduce(0, +)
                    #expect(try page.optional(page.count - 1, 1, as: String.self) == nil)
                    #expect(try page.value(0, 2, as: String.self) == String(try page.value(0, 0, as: Int.self)))
                }
                #expect(sizes == Array(repeating: 1000, count: 10) + [5])
                #expect(sum == 10_005 * 10_006 / 2)

                struct Enough: Error {}
                await #expect(throws: Enough.self) {
                    try await connection.forEachPage(
                        Statement("Endless", "select generate_series(1, 1000000000)"), rows: 10, deadline: soon
                    ) { _ in throw Enough() }
                }
                let divided = await postgresError {
                    try await connection.forEachPage(
                        Statement("Divide", "select 1 / (50 - n) from generate_series(1, 100) n"), rows: 10,
                        deadline: soon
                    ) { _ in }
                }
                guard case .server(let error) = divided else {
                    Issue.record("\(String(describing: divided))")
                    return
                }
                #expect(error.sqlState.code == "22012")
                #expect(try await connection.query(Statement("One", "select 1"), deadline: soon).count == 1)
            }
        }
    }

    @Test func theServerWaitsWhileAPageIsWorkedOn() async throws {
        try await withPool(connections: 1) { watcher in
            try await withPool(connections: 1) { pool in
                try await pool.withConnection(deadline: soon) { connection in
                    let endless = Statement("Endless", "select generate_series(1, 100000000) /* page mark */")
                    var pages = 0
                    try? await connection.forEachPage(endless, rows: 10, deadline: soon) { _ in
                        let isWaiting = try await eventually {
                            let waiting = try await watcher.query(
                                Statement(
                                    "Waiting",
                                    """
                                    select from pg_stat_activity
                                    where query like '%page mark%' and wait_event = 'ClientWrite'
                                    """), deadline: soon)
                            return waiting.count == 1
                        }
                        #expect(isWaiting)
                        pages += 1
                        if pages == 3 { throw CancellationError() }
                    }
                    #expect(pages == 3)
                }
            }
        }
    }

    @Test func refusalsAtConnectAreTold() async throws {
        let cluster = try PostgresCluster(authentication: .scram(password: "right"))
        func attempt(_ settings: ConnectionSettings) async throws -> PostgresError? {
            let pool = try PostgresPool(settings, logger: quiet)
            let error = await postgresError { try await pool.execute(Statement("One", "select 1"), deadline: soon) }
            await pool.close()
            return error
        }
        func reason(_ error: PostgresError?) -> Unavailability.Reason? {
            guard case .unavailable(let unavailability) = error else { return nil }
            return unavailability.reason
        }
        #expect(try await attempt(cluster.settings()) == nil)
        let wrong = try await attempt(cluster.settings(user: PostgresCluster.superuser, password: "wrong"))
        #expect(reason(wrong) == .refused)
        #expect(wrong?.operatorDetail?.contains("28P01") == true)
        #expect(reason(try await attempt(cluster.settings(database: "absent"))) == .refused)
        #expect(reason(try await attempt(ConnectionSettings(address: "host=/tmp/nowhere user=x"))) == .connectFailed)
        #expect(reason(try await attempt(ConnectionSettings(address: "nonsense=1"))) == .connectFailed)
        #expect(!"\(cluster.settings())".contains("right"))
    }

    @Test func tooManyConnectionsIsTold() async throws {
        let cluster = try PostgresCluster(maxConnections: 5)
        let pool = try PostgresPool(cluster.settings(), limits: PoolLimits(connections: 20), logger: quiet)
        let errors = await withTaskGroup(of: PostgresError?.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    await postgresError {
                        try await pool.execute(Statement("Nap", "select pg_sleep(0.05)"), deadline: soon)
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        // Those that got in serve the others, too.
        #expect(errors.allSatisfy { $0 == nil }, "\(errors)")
        await pool.close()
    }
}
