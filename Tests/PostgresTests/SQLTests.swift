import PostgresClient
import TestSupport
import Testing

@Suite struct SQLTests {
    @Test func valuesAreBoundAndNamesQuoted() throws {
        let table = try Identifier("lines")
        let columns = [try Identifier("a"), try Identifier("b")]
        let sql: SQL =
            "select \(columns) from \(table) where id = \(7) and name = \("x' or 1=1") and n = \(nil as Int16?)"
        #expect(sql.text == #"select "a", "b" from "lines" where id = $1 and name = $2 and n = $3"#)
        #expect(sql.parameters == [Parameter(7), Parameter("x' or 1=1"), .null(.int2)])
    }

    @Test(arguments: [
        "", "A", "a b", "a\"b", "a;b", "1a", "ä", "a-b", "a\0", "pg_class--", String(repeating: "a", count: 64), "a'",
    ])
    func badIdentifiers(_ name: String) async {
        #expect(await postgresError { _ = try Identifier(name) } == .invalidIdentifier)
    }

    @Test(arguments: ["a", "_", "_1", "detections_2026_11", "select", String(repeating: "a", count: 63)])
    func goodIdentifiers(_ name: String) throws {
        #expect(try Identifier(name).description == "\"\(name)\"")
    }

    @Test func injectionStringsAreData() async throws {
        let cluster = try PostgresCluster.shared()
        let database = try cluster.createDatabase()
        let pool = try PostgresPool(cluster.settings(database: database), logger: quiet)
        try await pool.execute(
            Statement("Make", "create table words (id bigint primary key, word text)"), deadline: soon)
        let words = [
            "'; drop table words; --", "\\'; drop table words; --", "$1", "%s", "${x}", "\" or \"\"=\"",
            "1); delete from words",
            "pg_sleep(10)", "/*", "\u{2019} or 1=1", "\\x27", "*/ union select version()",
        ]
        for (id, word) in words.enumerated() {
            try await pool.execute(Statement("Add", "insert into words values (\(id), \(word))"), deadline: soon)
            let found = try await pool.query(
                Statement("Find", "select id from words where word = \(word)"), deadline: soon)
            #expect(try found.column(0, as: Int.self) == [id])
        }
        let all = try await pool.query(Statement("All", "select word from words order by id"), deadline: soon)
        #expect(try all.column(0, as: String.self) == words)
        let refused = await postgresError {
            try await pool.execute(Statement("Add", "insert into words values (99, \("nul\0"))"), deadline: soon)
        }
        guard case .server(let error) = refused else {
            Issue.record("\(String(describing: refused))")
            return
        }
        #expect(error.sqlState.code == "22021")
        await pool.close()
    }
}
