import PostgresClient
import Shared

/// Replaces a group of lines.
enum UpdateLineGroup {
    static func statement(_ id: Int64, _ group: LineGroupBody) -> Statement {
        Statement(
            "UpdateLineGroup",
            """
            UPDATE line_group SET group_name = \(group.name),
                line_ids = \(group.lines.map { Int32($0.rawValue) as Int32? })
            WHERE line_group_id = \(Int32(id))
            """
        )
    }
}
