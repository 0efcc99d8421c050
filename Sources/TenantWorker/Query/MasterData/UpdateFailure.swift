import PostgresClient
import Shared

/// Replaces a class of causes.
enum UpdateFailure {
    static func statement(_ id: Int64, _ failure: FailureBody) -> Statement {
        let lines = failure.lines.map { lines in Parameter(lines.map { Int32($0.rawValue) as Int32? }) }
        return Statement(
            "UpdateFailure",
            """
            UPDATE failure SET failure_code = \(failure.code), failure_name = \(failure.name),
                loss_category = \(failure.category.rawValue), line_ids = \(lines ?? .null(.int4Array)),
                description = \(failure.description), is_active = \(failure.isActive)
            WHERE failure_id = \(Int32(id))
            """
        )
    }
}
