import PostgresClient

/// How PostgreSQL goes about the statement of the product that an index is there for.
struct StatementPlan: Encodable {
    let statement: String
    /// Lines of EXPLAIN.
    let before: [String]
    /// Nil when nothing was added.
    var after: [String]?
}

/// Asks for plans. Reads are run for that, in a transaction that refuses to write and not for long; what would delete is not.
struct PlanReading {
    private static let longest = Duration.seconds(30)

    /// The statement that an index is there for; nil when none is named or the line is not there.
    func statement(
        of finding: IndexFinding, _ connection: borrowing PostgresConnection
    ) async throws -> ServedStatement? {
        let rows = try await connection.query(
            Statement(
                "FindBusiestLine",
                """
                SELECT line_id, coalesce(last_detected_at, now()) FROM line_activity
                WHERE line_id = coalesce(\(finding.expected.line), line_id) ORDER BY detections DESC, line_id LIMIT 1
                """), deadline: .now + Self.longest)
        guard let row = rows.first else { return nil }
        let line: Int32 = try row.value(0)
        let last: PostgresTimestamp = try row.value(1)
        let month = finding.whole?.isThere == true ? Self.month(of: finding) : nil
        let (start, end) =
            if let month {
                (try TenantArchive.start(of: month), try TenantArchive.start(of: month.next))
            } else {
                // A day to the last detection, which it takes in.
                (
                    PostgresTimestamp(microseconds: last.microseconds - 86_400_000_000),
                    PostgresTimestamp(microseconds: last.microseconds + 1)
                )
            }
        return try ServedStatement.of(finding.expected, ServedStatement.Sample(line: line, start: start, end: end))
    }

    /// The plan line by line; where it cannot be had, one line that says why.
    func plan(of served: ServedStatement, _ connection: borrowing PostgresConnection) async throws -> [String] {
        do {
            return try await explain(served, run: served.isRead, connection)
        } catch PostgresError.server(let error) where error.sqlState == .queryCanceled {
            return try await explain(served, run: false, connection) + ["Not run to its end within \(Self.longest)"]
        } catch PostgresError.server(let error) {
            return ["Not explained: \(error)"]
        }
    }

    private func explain(
        _ served: ServedStatement, run: Bool, _ connection: borrowing PostgresConnection
    ) async throws -> [String] {
        let deadline = ContinuousClock.now + Self.longest + .seconds(30)
        return try await connection.withTransaction(.readOnly, deadline: deadline) { transaction in
            try await transaction.execute(
                Statement("LimitRun", "SET LOCAL statement_timeout = '30s'", prepared: false), deadline: deadline)
            return try await transaction.query(served.statement.explained(run: run), deadline: deadline)
                .column(0, as: String.self)
        }
    }

    /// The first month that lacks its part.
    private static func month(of finding: IndexFinding) -> ArchiveMonth? {
        finding.steps.lazy.compactMap { step in
            switch step {
            case .build(let table): table
            case .rebuild(let index), .adopt(let index), .constrain(let index): index.table
            }
        }.compactMap { table in
            table.name.firstMatch(of: /_y([0-9]{4})m([0-9]{2})$/).flatMap { ArchiveMonth("\($0.1)-\($0.2)") }
        }.first
    }
}
