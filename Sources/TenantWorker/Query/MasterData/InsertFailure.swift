import PostgresClient
import Shared

/// One new class of causes; gives its number.
enum InsertFailure {
    static func statement(_ failure: FailureBody) -> Statement {
        let lines = failure.lines.map { lines in Parameter(lines.map { Int32($0.rawValue) as Int32? }) }
        return Statement(
            "InsertFailure",
            """
            INSERT INTO failure (failure_code, failure_name, loss_category, line_ids, description, is_active)
            VALUES (\(failure.code), \(failure.name), \(failure.category.rawValue), \(lines ?? .null(.int4Array)),
                \(failure.description), \(failure.isActive))
            RETURNING failure_id
            """
        )
    }
}
