import Identity
import PostgresClient

/// An entry of the audit log with everything its hash is made of, as text.
struct ChainedEntry: Sendable {
    var number: Int64
    /// Microseconds since 1970.
    var recordedAt: Int64
    var actor: String
    var tenant: Int64?
    var action: String
    var object: String?
    var detail: String
    var address: String?
    var requestID: String?
    /// As stored.
    var hash: [UInt8]

    init(_ row: Row) throws(PostgresError) {
        number = try row.value(0)
        recordedAt = try row.value(1, as: PostgresTimestamp.self).microseconds
        actor = try row.value(2)
        tenant = try row.optional(3)
        action = try row.value(4)
        object = try row.optional(5)
        detail = try row.value(6)
        address = try row.optional(7)
        requestID = try row.optional(8)
        hash = try row.value(9, as: PostgresBytes.self).bytes
    }

    /// The hash it must have behind another one: SHA-256 over that one's hash and the nine columns, each as its length in
    /// four bytes, most significant first, and its UTF-8; -1 for null. Written down in docs/audit.md.
    func hash(after previous: [UInt8]) -> [UInt8] {
        var bytes = previous
        let columns = [
            String(number), String(recordedAt), actor, tenant.map { String($0) }, action, object, detail, address,
            requestID,
        ]
        for column in columns {
            let length = column.map { Int32($0.utf8.count) } ?? -1
            withUnsafeBytes(of: length.bigEndian) { bytes.append(contentsOf: $0) }
            if let column { bytes.append(contentsOf: column.utf8) }
        }
        return ContentDigest.sha256(bytes)
    }
}

/// What is wrong with the audit log: the first place, and what was found there.
struct AuditDamage: Encodable, Equatable, Sendable {
    enum Kind: String, Encodable {
        /// The entry is not the one that was added at this place: it was changed, moved here, or put in.
        case changed
        case removed
        /// An entry that was never added.
        case inserted
        /// Entries were rewritten with their hashes; what was told outside the database shows it.
        case rewritten
        /// The place where the database keeps the chain's end does not say what the entries say.
        case head
    }

    var position: Int64
    var kind: Kind
    var message: String
    /// The last entry that a head outside the database confirms, where only heads show the damage: the first bad entry lies
    /// between the two.
    var confirmed: Int64?
}

/// Goes along the chain from its first entry and says where it breaks first.
struct AuditChain {
    static let start = [UInt8](repeating: 0, count: 32)

    /// The number of the last entry that was right.
    private(set) var last: Int64 = 0
    /// Of that entry.
    private(set) var hash = Self.start

    /// Takes the entry with the next number there is.
    ///
    /// - Returns: what is wrong, at which the way ends.
    mutating func follow(_ entry: ChainedEntry, entries: Int64) -> AuditDamage? {
        if entry.number < 1 {
            return AuditDamage(
                position: entry.number, kind: .inserted, message: "entry \(entry.number) was put in; the first is 1")
        }
        if entry.number > entries { return end(entries) ?? Self.inserted(entry.number, entries) }
        if entry.number != last + 1 { return Self.removed(from: last + 1, to: entry.number - 1) }
        guard entry.hash(after: hash) == entry.hash else {
            return AuditDamage(
                position: entry.number, kind: .changed,
                message: "entry \(entry.number) is not the one that was added there: it was changed, moved or put in")
        }
        last = entry.number
        hash = entry.hash
        return nil
    }

    /// What is wrong at the end, after the last entry.
    func end(_ entries: Int64) -> AuditDamage? {
        last < entries ? Self.removed(from: last + 1, to: entries) : nil
    }

    private static func removed(from first: Int64, to last: Int64) -> AuditDamage {
        AuditDamage(
            position: first, kind: .removed,
            message: first == last ? "entry \(first) was removed" : "entries \(first) to \(last) were removed")
    }

    private static func inserted(_ number: Int64, _ entries: Int64) -> AuditDamage {
        AuditDamage(
            position: number, kind: .inserted,
            message: "entry \(number) was put in: only \(entries) were added")
    }
}
