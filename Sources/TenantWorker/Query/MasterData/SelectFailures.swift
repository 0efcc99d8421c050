import ManufacturingKPI
import PostgresClient
import Shared

/// All classes of causes, by id.
enum SelectFailures {
    static let statement = Statement(
        "SelectFailures",
        """
        SELECT failure_id, failure_code, failure_name, loss_category, line_ids, description, is_active
        FROM failure ORDER BY failure_id
        """,
        idempotent: true
    )

    static func read(_ rows: Rows) throws(PostgresError) -> [Failure] {
        var failures: [Failure] = []
        for row in rows {
            failures.append(
                Failure(
                    id: FailureID(try row.value(0)),
                    code: try row.value(1),
                    name: try row.value(2),
                    category: LossCategory(rawValue: try row.value(3)) ?? .ofUnexplained,
                    lines: try row.optional(4, as: [Int64].self)?.map { LineID($0) },
                    description: try row.optional(5),
                    isActive: try row.value(6)
                )
            )
        }
        return failures
    }
}
