import PostgresClient

/// An index as the database has it.
struct FoundIndex: Hashable, Sendable {
    /// Its number in the database.
    let number: Int64
    let table: TableName
    /// In the schema of its table.
    let name: String
    let shape: IndexShape
    /// Whether it is complete and used.
    let isValid: Bool
    /// Of a table with partitions: it has no rows of its own but those of its parts.
    let isPartitioned: Bool
    /// The index of the whole table that this one of a partition is part of.
    let whole: Int64?
    /// With its parts.
    let bytes: Int64
    /// How often it was used since the statistics began, with its parts.
    let scans: Int64
    /// An index of the same table that finds all that this one finds.
    let coveredBy: String?
}

/// The indexes of a database and the partitions of its tables, at one moment.
struct IndexCatalogue: Sendable {
    let indexes: [FoundIndex]
    /// By the table that they are parts of.
    let partitions: [TableName: [TableName]]
    let lines: [Int32]

    static func read(_ executor: borrowing some PostgresExecutor & ~Copyable) async throws -> IndexCatalogue {
        let deadline = ContinuousClock.now + .seconds(60)
        let lines: [Int32] = try await executor.query(
            Statement("ListLineNumbers", "SELECT line_id FROM line_activity ORDER BY line_id"), deadline: deadline
        ).column(0)
        var partitions: [TableName: [TableName]] = [:]
        for row in try await executor.query(Self.partitionStatement, deadline: deadline) {
            let table = TableName(schema: try row.value(0), name: try row.value(1))
            partitions[table, default: []].append(TableName(schema: try row.value(2), name: try row.value(3)))
        }
        let indexes = try await executor.query(Self.indexStatement, deadline: deadline).map(Self.index)
        return IndexCatalogue(indexes: indexes, partitions: partitions, lines: lines)
    }

    private static func index(_ row: Row) throws -> FoundIndex {
        guard let guardedAs = IndexShape.Guard(rawValue: try row.value(4)) else {
            throw OpsFailure("the database has a kind of index that this program does not know")
        }
        return FoundIndex(
            number: try row.value(0), table: TableName(schema: try row.value(1), name: try row.value(2)),
            name: try row.value(3), shape: IndexShape(guardedAs: guardedAs, definition: try row.value(5)),
            isValid: try row.value(6), isPartitioned: try row.value(7), whole: try row.optional(8),
            bytes: try row.value(9), scans: try row.value(10), coveredBy: try row.optional(11))
    }

    private static let partitionStatement = Statement(
        "ListPartitions",
        """
        SELECT table_schema.nspname::text, whole.relname::text, part_schema.nspname::text, part.relname::text
        FROM pg_inherits
        JOIN pg_class AS whole ON whole.oid = inhparent AND whole.relkind = 'p'
        JOIN pg_namespace AS table_schema ON table_schema.oid = whole.relnamespace
        JOIN pg_class AS part ON part.oid = inhrelid
        JOIN pg_namespace AS part_schema ON part_schema.oid = part.relnamespace
        ORDER BY 1, 2, 3, 4
        """)

    private static let indexStatement = Statement(
        "ListIndexes",
        """
        SELECT one.indexrelid::bigint, schema.nspname::text, own_table.relname::text, own.relname::text,
            CASE WHEN guard.contype = 'p' THEN 'primary key' WHEN guard.contype = 'u' THEN 'unique constraint'
                WHEN one.indisunique THEN 'unique' ELSE '' END,
            substr(pg_get_indexdef(one.indexrelid), strpos(pg_get_indexdef(one.indexrelid), ' USING ') + 7),
            one.indisvalid AND one.indisready AND one.indislive, own.relkind = 'I', inherited.inhparent::bigint,
            part.bytes::bigint, part.scans::bigint,
            (SELECT min(other_class.relname)::text
                FROM pg_index AS other JOIN pg_class AS other_class ON other_class.oid = other.indexrelid
                WHERE other.indrelid = one.indrelid AND other.indexrelid <> one.indexrelid AND other.indisvalid
                    AND other_class.relam = own.relam AND (other.indisunique OR NOT one.indisunique)
                    AND other.indpred::text IS NOT DISTINCT FROM one.indpred::text
                    AND other.indexprs::text IS NOT DISTINCT FROM one.indexprs::text
                    AND CASE WHEN one.indisunique
                        THEN (other.indkey::text, other.indclass::text, other.indcollation::text, other.indoption::text)
                            = (one.indkey::text, one.indclass::text, one.indcollation::text, one.indoption::text)
                        ELSE starts_with(other.indkey::text || ' ', one.indkey::text || ' ')
                            AND starts_with(other.indclass::text || ' ', one.indclass::text || ' ')
                            AND starts_with(other.indcollation::text || ' ', one.indcollation::text || ' ')
                            AND starts_with(other.indoption::text || ' ', one.indoption::text || ' ') END)
        FROM pg_index AS one
        JOIN pg_class AS own ON own.oid = one.indexrelid
        JOIN pg_class AS own_table ON own_table.oid = one.indrelid
        JOIN pg_namespace AS schema ON schema.oid = own_table.relnamespace
        LEFT JOIN pg_constraint AS guard ON guard.conindid = one.indexrelid AND guard.contype IN ('p', 'u', 'x')
        LEFT JOIN pg_inherits AS inherited ON inherited.inhrelid = one.indexrelid
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(pg_relation_size(relid)), 0) AS bytes,
                coalesce(sum(pg_stat_get_numscans(relid)), 0) AS scans
            FROM (SELECT one.indexrelid AS relid UNION SELECT relid::oid FROM pg_partition_tree(one.indexrelid)) AS tree
        ) AS part
        WHERE schema.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
            AND pg_get_indexdef(one.indexrelid) IS NOT NULL
            AND schema.nspname NOT LIKE 'pg\\_temp%' AND schema.nspname NOT LIKE 'pg\\_toast%'
        ORDER BY 2, 3, 4
        """)
}
