import PostgresClient

/// The end of the audit log's chain.
enum ReadAuditHead {
    struct Row: Sendable, Equatable {
        /// How many entries there are; also the number of the last.
        var entries: Int64
        /// Of the last entry.
        var hash: [UInt8]
    }

    static func statement() -> Statement {
        Statement("ReadAuditHead", "SELECT entries, hash FROM audit_head", idempotent: true)
    }

    static func read(_ rows: Rows) throws(PostgresError) -> Row {
        Row(entries: try rows.value(0, 0), hash: try rows.value(0, 1, as: PostgresBytes.self).bytes)
    }
}
