import PostgresClient
import Shared

/// One new group of lines; gives its number.
enum InsertLineGroup {
    static func statement(_ group: LineGroupBody) -> Statement {
        Statement(
            "InsertLineGroup",
            """
            INSERT INTO line_group (group_name, line_ids)
            VALUES (\(group.name), \(group.lines.map { Int32($0.rawValue) as Int32? }))
            RETURNING line_group_id
            """
        )
    }
}
