import Identity
import PostgresClient

/// A column of the global database whose values are sealed with the encryption key.
struct SealedColumn: Sendable {
    /// One value of it.
    struct Value {
        /// What the row is named by, in `key`.
        let name: String
        let sealed: [UInt8]
    }

    let table: Identifier
    /// Text or number that names a row, and that its secret is bound to.
    let key: Identifier
    let column: Identifier
    /// What the secret of a row is bound to, by the row's name.
    let purpose: @Sendable (String) -> String

    /// Every one there is.
    static func all() throws -> [SealedColumn] {
        [
            try SealedColumn("tenant", "database_name", "worker_password_sealed") {
                WorkerPasswordPurpose.of(database: $0)
            },
            try SealedColumn("second_factor", "purpose", "secret_sealed") { $0 },
            try SealedColumn("second_factor_enrolment", "purpose", "secret_sealed") { $0 },
        ]
    }

    private init(
        _ table: String, _ key: String, _ column: String, purpose: @escaping @Sendable (String) -> String
    ) throws {
        self.table = try Identifier(table)
        self.key = try Identifier(key)
        self.column = try Identifier(column)
        self.purpose = purpose
    }

    /// The values after a name, in the order of names, at most `count`.
    func values(after name: String?, count: Int, _ pool: PostgresPool) async throws -> [Value] {
        let rows = try await pool.query(
            Statement(
                "ListSealedValues",
                """
                SELECT \(key)::text, \(column) FROM \(table)
                WHERE \(column) IS NOT NULL AND (\(name)::text IS NULL OR \(key)::text > \(name)::text)
                ORDER BY \(key)::text LIMIT \(count)
                """, idempotent: true), deadline: .now + .seconds(30))
        return try rows.map { row in
            Value(name: try row.value(0), sealed: try row.value(1, as: PostgresBytes.self).bytes)
        }
    }

    /// Puts a value in the place of one that nobody has changed meanwhile.
    func replace(
        _ old: Value, with sealed: [UInt8], _ transaction: borrowing PostgresTransaction
    ) async throws {
        try await transaction.execute(
            Statement(
                "ReplaceSealedValue",
                """
                UPDATE \(table) SET \(column) = \(PostgresBytes(sealed))
                WHERE \(key)::text = \(old.name) AND \(column) = \(PostgresBytes(old.sealed))
                """), deadline: .now + .seconds(60))
    }
}
