import Shared

/// Lets through the first of equal refusals and counts those that follow within a minute, so that nobody fills the audit log
/// by being refused. Of one tenant so many different ones are told apart; the rest is counted together.
struct RefusalCounts {
    static let window: Int64 = 60_000_000
    /// Different refusals of one tenant in a minute.
    static let mostOfTenant = 30

    private enum Key: Hashable {
        /// Whoever is nobody yet is told apart by where he comes from.
        case one(TenantID?, actor: String, action: String, object: String?, reason: String, ClientAddress?)
        case others(TenantID?)
    }

    private struct Count {
        var first: Refusal
        var repeats = 0
        var ends: Int64
    }

    private var counts: [Key: Count] = [:]
    private var distinct: [TenantID?: Int] = [:]

    /// Counts a refusal.
    ///
    /// - Parameter now: microseconds of a clock that never goes back.
    /// - Returns: the entry to add at once; nil for one that is only counted.
    mutating func note(_ refusal: Refusal, now: Int64) -> AuditRecord? {
        let isAnonymous = refusal.actor == AuditRecord.anonymous
        var key = Key.one(
            refusal.tenant, actor: refusal.actor, action: refusal.action, object: refusal.object,
            reason: refusal.reason, isAnonymous ? refusal.caller.address : nil)
        if let index = counts.index(forKey: key) {
            counts.values[index].repeats += 1
            return nil
        }
        if distinct[refusal.tenant, default: 0] >= Self.mostOfTenant {
            key = .others(refusal.tenant)
            if let index = counts.index(forKey: key) {
                counts.values[index].repeats += 1
                return nil
            }
            let others = Refusal(
                tenant: refusal.tenant, actor: AuditRecord.anonymous, action: refusal.action, object: nil,
                reason: "too_many_to_tell_apart", caller: refusal.caller)
            counts[key] = Count(first: others, repeats: 1, ends: now + Self.window)
            return nil
        }
        distinct[refusal.tenant, default: 0] += 1
        counts[key] = Count(first: refusal, ends: now + Self.window)
        return refusal.record(repeats: nil)
    }

    /// The entries about what was counted in minutes that are over.
    mutating func takeDue(now: Int64) -> [AuditRecord] {
        var due: [AuditRecord] = []
        for (key, count) in counts where count.ends <= now {
            counts[key] = nil
            if case .one(let tenant, _, _, _, _, _) = key {
                let left = distinct[tenant, default: 1] - 1
                distinct[tenant] = left > 0 ? left : nil
            }
            if count.repeats > 0 { due.append(count.first.record(repeats: count.repeats)) }
        }
        return due
    }
}
