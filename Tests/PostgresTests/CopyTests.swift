import PostgresClient
import TestSupport
import Testing

@Suite struct CopyTests {
    private let into = Statement("CopyIn", "copy t (id, at, name) from stdin (format binary)")

    private func withTable(_ body: (borrowing PostgresConnection) async throws -> Void) async throws {
        try await withPool(connections: 1) { pool in
            try await pool.withConnection(deadline: soon) { connection in
                try await connection.execute(
                    Statement("Make", "create temporary table t (id bigint, at timestamptz, name text)"), deadline: soon
                )
                try await body(connection)
            }
        }
    }

    private func count(_ connection: borrowing PostgresConnection) async throws -> Int {
        try await connection.query(Statement("Count", "select count(*) from t"), deadline: soon).value(0, 0)
    }

    /// Rows of the table, the signature only with the first.
    private func rows(_ range: Range<Int>) -> [UInt8] {
        var buffer = BinaryCopyBuffer(columns: 3)
        for id in range {
            buffer.appendRow { row in
                row.append(Int64(id))
                row.append(PostgresTimestamp(microseconds: Int64(id) * 1_000_000))
                row.append(id % 2 == 0 ? "line \(id)" : nil)
            }
        }
        return range.lowerBound == 0 ? buffer.take() : Array(buffer.take().dropFirst(19))
    }

    @Test func aMillionRowsInAndOut() async throws {
        try await withTable { connection in
            let first = rows(0..<10_000)
            let more = rows(10_000..<20_000)
            let begin = ContinuousClock.now
            let copied = try await connection.copyIn(into, deadline: .now + .seconds(60)) { writer in
                try await writer.write(first)
                for _ in 1..<100 { try await writer.write(more) }
                try await writer.write([0xFF, 0xFF])
            }
            #expect(copied == 1_000_000)
            var bytes = 0
            var chunks = 0
            let out = Statement("CopyOut", "copy t to stdout (format binary)")
            try await connection.copyOut(out, deadline: .now + .seconds(60)) { chunk in
                bytes += chunk.count
                chunks += 1
            }
            #expect(bytes == first.count + 99 * more.count + 2)
            #expect(chunks > 100)
            print("COPY of a million rows in and out, \(bytes) bytes each way: \(begin.duration(to: .now))")
        }
    }

    @Test func textFromASequence() async throws {
        try await withTable { connection in
            let (chunks, feed) = AsyncStream.makeStream(of: [UInt8].self)
            for id in 0..<100 { feed.yield(Array("\(id)\t2026-01-01\t\\N\n".utf8)) }
            feed.finish()
            let text = Statement("CopyIn", "copy t from stdin")
            #expect(try await connection.copyIn(text, from: chunks, deadline: soon) == 100)
            var out: [UInt8] = []
            try await connection.copyOut(
                Statement("CopyOut", "copy (select id from t order by id limit 3) to stdout"), deadline: soon
            ) { out += $0 }
            #expect(String(decoding: out, as: UTF8.self) == "0\n1\n2\n")
        }
    }

    @Test func aThrowingFeederLeavesNothing() async throws {
        struct Broken: Error {}
        try await withTable { connection in
            let chunk = rows(0..<1000)
            await #expect(throws: Broken.self) {
                try await connection.copyIn(into, deadline: soon) { writer in
                    try await writer.write(chunk)
                    throw Broken()
                }
            }
            #expect(try await count(connection) == 0)
            // The control: the same chunk, ended well.
            try await connection.copyIn(into, deadline: soon) { writer in
                try await writer.write(chunk)
                try await writer.write([0xFF, 0xFF])
            }
            #expect(try await count(connection) == 1000)
        }
    }

    @Test func aRefusedRowRefusesAll() async throws {
        try await withTable { connection in
            let text = Statement("CopyIn", "copy t from stdin")
            let error = await postgresError {
                try await connection.copyIn(text, deadline: soon) { writer in
                    try await writer.write(Array("1\t2026-01-01\tx\nnonsense\n".utf8))
                    // Far more than any buffer: the server must not make us wait for ever.
                    for _ in 0..<200 { try await writer.write(Array(repeating: UInt8(ascii: "x"), count: 65_536)) }
                }
            }
            guard case .server(let server) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(server.sqlState.code == "22P02" || server.sqlState.code == "22P04")
            let left = try await count(connection)
            #expect(left == 0)
        }
    }

    @Test func misuseIsTold() async throws {
        try await withTable { connection in
            func isMisuse(_ body: () async throws -> Void) async -> Bool {
                if case .misuse = await postgresError(body) { true } else { false }
            }
            #expect(
                await isMisuse { try await connection.copyIn(Statement("No", "select 1"), deadline: soon) { _ in } })
            #expect(
                await isMisuse {
                    try await connection.copyOut(Statement("No", "copy (select \(1)) to stdout"), deadline: soon) { _ in
                    }
                })
            #expect(await isMisuse { try await connection.execute(into, deadline: soon) })
            #expect(
                await isMisuse {
                    try await connection.copyIn(
                        Statement("Out", "copy t to stdout"), deadline: soon
                    ) { _ in }
                })
            let left = try await count(connection)
            #expect(left == 0)
        }
    }

    @Test func deadlineStopsACopy() async throws {
        try await withTable { connection in
            let chunk = rows(0..<1000)
            let deadline = ContinuousClock.now + .milliseconds(200)
            let error = await postgresError {
                try await connection.copyIn(into, deadline: deadline) { writer in
                    try await writer.write(chunk)
                    while true { try await writer.write(rows(1000..<1001)) }
                }
            }
            #expect(error == .deadlineExceeded)
            let left = try await count(connection)
            #expect(left == 0)
        }
    }
}
