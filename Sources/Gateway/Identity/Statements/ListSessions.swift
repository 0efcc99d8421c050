import PostgresClient
import Shared

/// The sign-ins of a user that hold, the newest first.
enum ListSessions {
    struct Row: Sendable {
        var session: SessionID
        /// `api` or `page`.
        var kind: String
        var tenant: String
        var createdAt: Instant
        /// To the minute; of tokens, when a new one was first used.
        var lastSeenAt: Instant
        var expiresAt: Instant
        /// Where it began: an address, or the network of one; nil: this machine, or not known.
        var address: String?
        var userAgent: String?

        var cursor: Cursor { Cursor(createdAt: createdAt, session: session) }
    }

    /// Where a page of the list ends: `<microseconds since 1970>.<sid>`.
    struct Cursor: Sendable {
        var createdAt: Instant
        var session: SessionID

        init(createdAt: Instant, session: SessionID) {
            self.createdAt = createdAt
            self.session = session
        }

        /// Nil for a text that is no cursor.
        init?(parsing text: String) {
            let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let microseconds = Int64(plain: parts[0]),
                (0...Instant.last.microseconds).contains(microseconds),
                parts[1].utf8.count == 36, parts[1].allSatisfy({ $0 == "-" || $0.isHexDigit })
            else { return nil }
            self.init(createdAt: Instant(microseconds: microseconds), session: SessionID(String(parts[1])))
        }

        var text: String { "\(createdAt.microseconds).\(session)" }
    }

    /// - Parameter last: the last row of the page before.
    static func statement(_ user: UserID, after last: Cursor?, limit: Int) -> Statement {
        let created = last.map { PostgresTimestamp(microseconds: $0.createdAt.microseconds) }
        return Statement(
            "ListSessions",
            """
            SELECT family.sid::text, family.kind, tenant.slug, family.created_at, family.last_seen_at,
                family.expires_at, abbrev(family.address), family.user_agent
            FROM session_family AS family JOIN tenant ON tenant.tenant_id = family.tenant_id
            WHERE family.user_id = \(Int32(user.rawValue)) AND family.ended_at IS NULL AND family.expires_at > now()
                AND (\(created) IS NULL
                    OR (family.created_at, family.sid::text) < (\(created), \(last?.session.description)))
            ORDER BY family.created_at DESC, family.sid::text DESC LIMIT \(Int32(limit))
            """,
            idempotent: true
        )
    }

    static func read(_ rows: Rows) throws(PostgresError) -> [Row] {
        var read: [Row] = []
        for row in rows {
            read.append(
                Row(
                    session: SessionID(try row.value(0)),
                    kind: try row.value(1),
                    tenant: try row.value(2),
                    createdAt: try instant(row, 3),
                    lastSeenAt: try instant(row, 4),
                    expiresAt: try instant(row, 5),
                    address: try row.optional(6),
                    userAgent: try row.optional(7)
                ))
        }
        return read
    }

    private static func instant(_ row: PostgresClient.Row, _ column: Int) throws(PostgresError) -> Instant {
        Instant(microseconds: try row.value(column, as: PostgresTimestamp.self).microseconds)
    }
}
