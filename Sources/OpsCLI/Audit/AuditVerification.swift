import PostgresClient

/// Looks through the audit log, page by page in one snapshot, and compares it with what was told outside the database.
struct AuditVerification {
    private static let page = 2_000

    struct Outcome {
        /// How many entries there are by the database's own word.
        var entries: Int64
        /// Heads outside the database that were compared.
        var heads = 0
        /// Lines of that file that were none.
        var unreadable = 0
        var damage: AuditDamage?
    }

    let pool: PostgresPool
    /// Nil: there is none to compare with.
    let heads: HeadsFile?

    func run() async throws -> Outcome {
        try await pool.withTransaction(.readOnlySnapshot, deadline: .now + .seconds(86_400)) { transaction in
            let rows = try await transaction.query(
                Statement("ReadAuditHead", "SELECT entries, hash FROM audit_head"), deadline: Self.deadline)
            guard let head = rows.first else { throw OpsFailure("audit_head has no row: the chain's end is lost") }
            let (entries, hash) = (try head.value(0, as: Int64.self), try head.value(1, as: PostgresBytes.self).bytes)
            var outcome = Outcome(entries: entries)
            outcome.damage = try await walk(transaction, entries, hash)
            if let heads {
                var found: [AuditDamage] = []
                var sound: Int64 = 0
                outcome.unreadable = try await heads.readGroups { group in
                    outcome.heads += group.count
                    let known = try await hashes(of: group.map(\.entries), transaction)
                    for told in group {
                        if known[told.entries] == told.hash {
                            sound = max(sound, told.entries)
                        } else {
                            found.append(Self.damage(told, isThere: known[told.entries] != nil))
                            // The first is enough, and the file may be as long as the attacker wants.
                            found = found.min { $0.position < $1.position }.map { [$0] } ?? []
                        }
                    }
                }
                outcome.damage = Self.first(outcome.damage, found.first, sound: sound)
            }
            return outcome
        }
    }

    private static var deadline: ContinuousClock.Instant { .now + .seconds(60) }

    private func walk(
        _ transaction: borrowing PostgresTransaction, _ entries: Int64, _ hash: [UInt8]
    ) async throws -> AuditDamage? {
        var chain = AuditChain()
        var after = Int64.min
        while true {
            let rows = try await transaction.query(
                Statement(
                    "ListChainedEntries",
                    """
                    SELECT audit_id, recorded_at, actor, tenant_id, action, object, detail::text, text(address), request_id,
                        hash
                    FROM audit_log WHERE audit_id > \(after) ORDER BY audit_id LIMIT \(Self.page)
                    """), deadline: Self.deadline)
            for row in rows {
                let entry = try ChainedEntry(row)
                if let damage = chain.follow(entry, entries: entries) { return damage }
                after = entry.number
            }
            if rows.count < Self.page { break }
        }
        if let damage = chain.end(entries) { return damage }
        guard chain.hash == hash else {
            return AuditDamage(
                position: entries, kind: .head,
                message: "the chain's end in audit_head is not the hash of entry \(entries)")
        }
        return nil
    }

    private func hashes(
        of numbers: [Int64], _ transaction: borrowing PostgresTransaction
    ) async throws -> [Int64: [UInt8]] {
        let rows = try await transaction.query(
            Statement("ReadEntryHashes", "SELECT audit_id, hash FROM audit_log WHERE audit_id = ANY (\(numbers))"),
            deadline: Self.deadline)
        var hashes: [Int64: [UInt8]] = [:]
        for row in rows { hashes[try row.value(0)] = try row.value(1, as: PostgresBytes.self).bytes }
        return hashes
    }

    private static func damage(_ told: ExportedHead, isThere: Bool) -> AuditDamage {
        isThere
            ? AuditDamage(
                position: told.entries, kind: .rewritten,
                message: "entry \(told.entries) has another hash than was told at \(told.toldAt)")
            : AuditDamage(
                position: told.entries, kind: .removed,
                message: "entry \(told.entries), told at \(told.toldAt), is not there")
    }

    /// The first of what the chain shows and what the heads show.
    ///
    /// - Parameter sound: the last entry that a head confirms.
    private static func first(_ chain: AuditDamage?, _ told: AuditDamage?, sound: Int64) -> AuditDamage? {
        guard var told else { return chain }
        if sound < told.position {
            told.confirmed = sound
            told.message += "; the first bad entry is one of \(sound + 1) to \(told.position)"
        }
        guard let chain, chain.position <= told.position else { return told }
        return chain
    }
}
