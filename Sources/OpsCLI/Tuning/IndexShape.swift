import PostgresClient

/// What an index is, whatever it is called: how it is guarded, and what PostgreSQL says of it behind USING.
struct IndexShape: Hashable, Sendable {
    enum Guard: String, CaseIterable, Sendable {
        case primaryKey = "primary key"
        case uniqueConstraint = "unique constraint"
        case unique
        case none = ""

        /// Whether a constraint of the table stands behind the index.
        var isConstraint: Bool { self == .primaryKey || self == .uniqueConstraint }
        var isUnique: Bool { self != .none }
    }

    let guardedAs: Guard
    /// As `btree (line_id, minute)`.
    let definition: String
}

/// A table of a tenant's database.
struct TableName: Hashable, Comparable, Sendable, CustomStringConvertible {
    let schema: String
    let name: String

    /// The schema of all tables but partitions.
    static let mainSchema = "public"

    init(schema: String = TableName.mainSchema, name: String) {
        self.schema = schema
        self.name = name
    }

    /// Without the schema where that is the usual one.
    var description: String { schema == Self.mainSchema ? name : "\(schema).\(name)" }

    /// As it stands in SQL; throws for a name that the product does not give.
    func quoted() throws(PostgresError) -> String { "\(try Identifier(schema)).\(try Identifier(name))" }

    static func < (first: TableName, second: TableName) -> Bool {
        (first.schema, first.name) < (second.schema, second.name)
    }
}
