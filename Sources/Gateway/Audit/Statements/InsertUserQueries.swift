import PostgresClient
import Shared

/// What people asked, a row for each question.
enum InsertUserQueries {
    static func statement(_ queries: [(key: AskedQuery, value: AskedQueries.Count)]) -> Statement {
        Statement(
            "InsertUserQueries",
            """
            INSERT INTO user_query (
                asked_at, times, user_id, tenant_id, route, query, duration_microseconds, answer_bytes)
            SELECT * FROM unnest(
                \(queries.map { PostgresTimestamp(microseconds: $0.value.firstAt.microseconds) }),
                \(queries.map(\.value.times)), \(queries.map { Int32($0.key.user.rawValue) }),
                \(queries.map { Int32($0.key.tenant.rawValue) }), \(queries.map(\.key.route)),
                \(queries.map(\.key.query)), \(queries.map(\.value.microseconds)), \(queries.map(\.value.answerBytes)))
            """
        )
    }
}
