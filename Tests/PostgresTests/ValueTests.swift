import PostgresClient
import TestSupport
import Testing

/// Every type goes to a real server and comes back the same.
@Suite struct ValueTests {
    private func roundTrip<Value: PostgresEncodable & PostgresDecodable & Equatable>(_ values: [Value]) async throws {
        try await withPool { pool in
            for value in values {
                let rows = try await pool.query(Statement("Echo", "select \(value), \(nil as Value?)"), deadline: soon)
                #expect(try rows.value(0, 0, as: Value.self) == value)
                #expect(try rows.optional(0, 1, as: Value.self) == nil)
                #expect(try rows.columnType(0) == Value.postgresType)
            }
        }
    }

    @Test func integers() async throws {
        try await roundTrip([Int16.min, -1, 0, 1, .max])
        try await roundTrip([Int32.min, -1, 0, 1, .max])
        try await roundTrip([Int64.min, -1, 0, 1, .max])
        try await roundTrip([Int.min, -1, 0, 1, .max])
    }

    @Test func floatingPoint() async throws {
        try await roundTrip([
            -Double.greatestFiniteMagnitude, .leastNonzeroMagnitude, -0.0, 0.1, .infinity, -.infinity, .pi,
        ])
        try await withPool { pool in
            let rows = try await pool.query(Statement("Echo", "select \(Double.nan), 0.5::real"), deadline: soon)
            #expect(try rows.value(0, 0, as: Double.self).isNaN)
            #expect(try rows.value(0, 1, as: Double.self) == 0.5)
        }
    }

    @Test func booleansTextAndBytes() async throws {
        try await roundTrip([true, false])
        try await roundTrip(["", "plain", "'; drop table x; --", "häß 漢字 🏭", String(repeating: "x", count: 1_000_000)])
        try await roundTrip([PostgresBytes([]), PostgresBytes([0, 255, 0]), PostgresBytes(Array(0...255))])
        try await roundTrip([PostgresUUID(high: 0, low: .max), PostgresUUID(high: 0x0123_4567_89AB_CDEF, low: 1)])
        try await roundTrip([PostgresJSON(#"{"a": [1, null, "x"]}"#)])
    }

    @Test func timestamps() async throws {
        // PostgreSQL's own bounds: 4714-11-24 BC and the last microsecond Int64 since 1970 can tell.
        try await roundTrip(
            [-210_866_803_200_000_000, -1, 0, 946_684_800_000_000, 1_800_000_000_123_456, .max - 1, .max, .min]
                .dropLast(3)
                .map { PostgresTimestamp(microseconds: $0) })
        try await roundTrip([PostgresTimestamp(microseconds: .max), PostgresTimestamp(microseconds: .min)])
        try await withPool { pool in
            let text: SQL =
                "select \(PostgresTimestamp(microseconds: 1_700_000_000_000_001))::text, 'epoch'::timestamptz"
            let rows = try await pool.query(Statement("Tell", text), deadline: soon)
            #expect(try rows.value(0, 0, as: String.self) == "2023-11-14 22:13:20.000001+00")
            #expect(try rows.timestamps(1) == [0])
            let late = try await pool.query(
                Statement("Late", "select '294276-12-31 23:59:59.999999+00'::timestamptz"), deadline: soon)
            let error = await postgresError { _ = try late.value(0, 0, as: PostgresTimestamp.self) }
            guard case .decoding(let failure) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(failure.reason == .outOfRange)
            let early = await postgresError {
                _ = try await pool.query(
                    Statement("Early", "select \(PostgresTimestamp(microseconds: .min + 1))"), deadline: soon)
            }
            guard case .server = early else {
                Issue.record("\(String(describing: early))")
                return
            }
        }
    }

    @Test func datesAndTimes() async throws {
        try await roundTrip([-2_440_588, -1, 0, 10_957, 20_000, .max, .min].map { PostgresDate(days: $0) })
        try await roundTrip([0, 1, 86_400_000_000].map { PostgresTime(microseconds: $0) })
        try await withPool { pool in
            let rows = try await pool.query(
                Statement("Tell", "select \(PostgresDate(days: 20_000))::text, \(PostgresTime(microseconds: 1))::text"),
                deadline: soon)
            #expect(try rows.value(0, 0, as: String.self) == "2024-10-04")
            #expect(try rows.value(0, 1, as: String.self) == "00:00:00.000001")
        }
    }

    @Test func numericsAsTheServerWritesThem() async throws {
        let texts = [
            "0", "0.00", "-0.5", "1", "10000", "99999999", "0.0001", "0.00001", "12345678901234567890.123456789",
            "-1.10",
            "100000000", "0.10000", "NaN", "Infinity", "-Infinity", String(repeating: "9", count: 200) + ".5",
        ]
        try await withPool { pool in
            for text in texts {
                let number = try #require(PostgresNumeric(text))
                let rows = try await pool.query(
                    Statement("Tell", "select \(number), \(number)::text, \(text)::numeric = \(number)"), deadline: soon
                )
                #expect(try rows.value(0, 0, as: PostgresNumeric.self).text == text)
                #expect(try rows.value(0, 1, as: String.self) == text)
                #expect(try rows.value(0, 2, as: Bool.self))
            }
        }
    }

    @Test func numericsAtRandom() async throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        try await withPool { pool in
            for _ in 0..<200 {
                let value = Int64.random(in: .min ... .max, using: &random) >> Int64.random(in: 0..<63, using: &random)
                let scale = Int.random(in: 0...18, using: &random)
                let number = PostgresNumeric(unscaled: value, scale: scale)
                let rows = try await pool.query(
                    Statement("Tell", "select \(number), \(number)::text"), deadline: soon)
                let back = try rows.value(0, 0, as: PostgresNumeric.self)
                #expect(back.text == (try rows.value(0, 1, as: String.self)), "seed \(seed)")
                #expect(back.unscaled(scale: scale) == value, "seed \(seed)")
            }
        }
    }

    @Test func numericText() {
        for bad in [
            "", "-", ".", "1.", "1e5", "1,0", " 1", "0x1", "1.2.3", "--1", "nan", String(repeating: "1", count: 1003),
        ] {
            #expect(PostgresNumeric(bad) == nil, "\(bad)")
        }
        #expect(PostgresNumeric(".5")?.unscaled(scale: 1) == 5)
        #expect(PostgresNumeric("-12.50")?.unscaled(scale: 1) == -125)
        #expect(PostgresNumeric("-12.55")?.unscaled(scale: 1) == nil)
        #expect(PostgresNumeric("9223372036854775808")?.unscaled(scale: 0) == nil)
        #expect(PostgresNumeric("-9223372036854775808")?.unscaled(scale: 0) == .min)
        #expect(PostgresNumeric("NaN")?.unscaled(scale: 0) == nil)
    }

    @Test func arrays() async throws {
        try await roundTrip([[Int64](), [1], [.min, 0, .max]])
        try await roundTrip([[Int16.min, .max]])
        try await roundTrip([[Int32.min, .max]])
        try await roundTrip([[1.5, -.infinity]])
        try await roundTrip([[true, false]])
        try await roundTrip([["", "a,b", "{\"}", "NULL"]])
        try await roundTrip([[PostgresTimestamp(microseconds: 1), PostgresTimestamp(microseconds: -1)]])
        try await roundTrip([[PostgresBytes([]), PostgresBytes([0])]])
        try await roundTrip([[PostgresUUID(high: 1, low: 2)]])
        try await withPool { pool in
            let rows = try await pool.query(
                Statement("Echo", "select \([1, nil, 3] as [Int64?]), array[[1,2],[3,4]]"), deadline: soon)
            #expect(try rows.value(0, 0, as: PostgresNullableArray<Int64>.self).elements == [1, nil, 3])
            let null = await postgresError { _ = try rows.value(0, 0, as: [Int64].self) }
            guard case .decoding(let failure) = null else {
                Issue.record("\(String(describing: null))")
                return
            }
            #expect(failure.reason == .unexpectedNull)
            #expect(await postgresError { _ = try rows.value(0, 1, as: [Int32].self) } != nil, "two dimensions")
        }
    }

    @Test func columnsAtOnce() async throws {
        try await withPool { pool in
            let rows = try await pool.query(
                Statement(
                    "Series",
                    """
                    select n::bigint, n::int, n::smallint, n / 2.0::float8,
                        case when n % 2 = 0 then n::bigint end as odd
                    from generate_series(1, 1000) n
                    """), deadline: soon)
            #expect(rows.count == 1000)
            #expect(try rows.column(0, as: Int64.self) == Array(1...1000))
            #expect(try rows.column(1, as: Int.self) == Array(1...1000))
            #expect(try rows.column(2, as: Int16.self) == Array(1...1000))
            #expect(try rows.column(3, as: Double.self).last == 500)
            let odd = try rows.column(named: "odd")
            #expect(try rows.optionalColumn(odd, as: Int64.self).prefix(2) == [nil, 2])
            #expect(try rows.withBytes(0, 1) { $0.map { Array($0) } } == [0, 0, 0, 1])
            #expect(rows.map(\.index) == Array(0..<1000))
        }
    }

    @Test func wrongReadsAreTypedErrors() async throws {
        try await withPool { pool in
            let rows = try await pool.query(
                Statement("Mixed", "select 300, null::int, 'x'::text, 5000000000 as big"), deadline: soon)
            func reason(_ body: () throws -> Void) async -> DecodingFailure.Reason? {
                guard case .decoding(let failure) = await postgresError(body) else { return nil }
                return failure.reason
            }
            #expect(await reason { _ = try rows.value(0, 1, as: Int32.self) } == .unexpectedNull)
            #expect(await reason { _ = try rows.column(1, as: Int32.self) } == .unexpectedNull)
            #expect(
                await reason { _ = try rows.value(0, 2, as: Int32.self) }
                    == .wrongType(expected: "integer", found: .text))
            #expect(
                await reason { _ = try rows.value(0, 0, as: Bool.self) }
                    == .wrongType(expected: "boolean", found: .int4))
            #expect(await reason { _ = try rows.value(0, 3, as: Int32.self) } == .outOfRange)
            #expect(await reason { _ = try rows.value(0, 9, as: Int32.self) } == .noSuchColumn)
            #expect(await reason { _ = try rows.value(7, 0, as: Int32.self) } == .noSuchRow)
            #expect(await reason { _ = try rows.column(named: "absent") } == .noSuchColumn)
            // The control: the same cells read rightly.
            #expect(try rows.value(0, 0, as: Int32.self) == 300)
            #expect(try rows.value(0, 3, as: Int64.self) == 5_000_000_000)
        }
    }

    /// Whatever bytes come, decoding gives a value or a typed error, and never reads past the end.
    @Test func garbageIsAnErrorNotACrash() {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        let types: [PostgresType] = [
            .int2, .int4, .int8, .float4, .float8, .bool, .text, .bytea, .timestamptz, .date, .time, .numeric, .uuid,
            .jsonb, .int8Array, .textArray, PostgresType(oid: 50_000),
        ]
        func tryAll(_ bytes: UnsafeRawBufferPointer, _ type: PostgresType) -> Int {
            func attempt<Value: PostgresDecodable>(_: Value.Type) -> Int {
                (try? Value.decode(bytes, type: type)) == nil ? 0 : 1
            }
            return attempt(Int16.self) + attempt(Int64.self) + attempt(Double.self) + attempt(Bool.self)
                + attempt(String.self) + attempt(PostgresBytes.self) + attempt(PostgresTimestamp.self)
                + attempt(PostgresDate.self) + attempt(PostgresNumeric.self) + attempt(PostgresUUID.self)
                + attempt(PostgresJSON.self) + attempt([Int64].self) + attempt([String].self)
                + attempt(PostgresNullableArray<PostgresNumeric>.self)
        }
        var decoded = 0
        for round in 0..<3000 {
            var bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            if round % 2 == 0 {
                // Nearly right: an array, then one byte changed or cut off.
                bytes = []
                [1, 2, 3].map(Int64.init).encode(into: &bytes)
                if round % 4 == 0 { bytes.removeLast(Int.random(in: 0...bytes.count, using: &random)) }
                if let position = bytes.indices.randomElement(using: &random) {
                    bytes[position] = UInt8.random(in: 0...255, using: &random)
                }
            }
            // Exactly as long as the bytes, so that a sanitizer sees any read beyond.
            bytes.withUnsafeBytes { bytes in
                for type in types { decoded += tryAll(bytes, type) }
            }
        }
        #expect(decoded > 0, "seed \(seed)")
    }
}
