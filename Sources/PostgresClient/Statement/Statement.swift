/// A named SQL statement with its bound values; prepared once per connection by its text, results are binary.
package struct Statement: Sendable {
    /// What logs and statistics call it: verb, what, grain (`CountDetectionsPerMinute`).
    package let name: StaticString
    let sql: SQL
    let isIdempotent: Bool
    let isPrepared: Bool

    /// A statement written as one literal with its values interpolated.
    ///
    /// - Parameters:
    ///   - idempotent: whether a pool may run it once more after its connection died while it was in flight: reads, and
    ///     writes that come to the same.
    ///   - prepared: false for what runs once or cannot be prepared, as `CREATE INDEX`.
    package init(_ name: StaticString, _ sql: SQL, idempotent: Bool = false, prepared: Bool = true) {
        self.name = name
        self.sql = sql
        self.isIdempotent = idempotent
        self.isPrepared = prepared
    }

    /// A statement whose text names its values `$1`, `$2`, … itself.
    package init(
        _ name: StaticString, text: StaticString, _ parameters: [Parameter], idempotent: Bool = false,
        prepared: Bool = true
    ) {
        self.init(name, SQL(text: text, parameters: parameters), idempotent: idempotent, prepared: prepared)
    }

    /// The statement whose rows are the lines of this one's plan for these very values. Run for it, and with what that took, only
    /// with `run`: never for what changes anything.
    package func explained(run: Bool) -> Statement {
        Statement(
            "ExplainStatement", sql.prefixed(by: run ? "EXPLAIN (ANALYZE, BUFFERS) " : "EXPLAIN "), idempotent: true,
            prepared: false)
    }

    /// The text as sent, values replaced by `$1`, `$2`, ….
    package var text: String { sql.text }

    /// The bound values in order.
    package var parameters: [Parameter] { sql.parameters }
}
