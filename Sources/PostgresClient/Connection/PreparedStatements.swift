/// The prepared statements of one connection: which text has which name, and which goes when there are too many.
struct PreparedStatements {
    /// A statement is prepared for its text and the types of its values.
    struct Key: Hashable {
        let text: String
        let types: [PostgresType]
    }

    private struct Entry {
        let name: String
        var lastUse: UInt64
    }

    private var entries: [Key: Entry] = [:]
    private var uses: UInt64 = 0
    private var names: UInt64 = 0
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    var count: Int { entries.count }

    /// The server's name of a statement that is prepared already.
    mutating func name(of key: Key) -> String? {
        guard var entry = entries[key] else { return nil }
        uses += 1
        entry.lastUse = uses
        entries[key] = entry
        return entry.name
    }

    /// A name never used before on this connection.
    mutating func freshName() -> String {
        names += 1
        return "s\(names)"
    }

    /// Remembers a statement the server has prepared; returns the name of one to deallocate, when there are too many.
    mutating func insert(_ key: Key, name: String) -> String? {
        uses += 1
        var evicted: String?
        if entries.count >= limit, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) {
            evicted = oldest.value.name
            entries[oldest.key] = nil
        }
        entries[key] = Entry(name: name, lastUse: uses)
        return evicted
    }

    /// Forgets a statement; returns its name.
    mutating func remove(_ key: Key) -> String? {
        entries.removeValue(forKey: key)?.name
    }
}
