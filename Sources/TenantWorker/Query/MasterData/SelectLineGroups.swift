import PostgresClient
import Shared

/// All groups of lines, by id.
enum SelectLineGroups {
    static let statement = Statement(
        "SelectLineGroups",
        "SELECT line_group_id, group_name, line_ids FROM line_group ORDER BY line_group_id",
        idempotent: true
    )

    static func read(_ rows: Rows) throws(PostgresError) -> [LineGroup] {
        var groups: [LineGroup] = []
        for row in rows {
            let lines = try row.value(2, as: [Int64].self)
            groups.append(LineGroup(id: try row.value(0), name: try row.value(1), lines: lines.map { LineID($0) }))
        }
        return groups
    }
}
