import Shared
import Synchronization

/// Remembers who a credential stood for when it was last checked, so that a request costs no signature check and no query;
/// and which credentials were checked and stood for nobody, so that sending one again costs neither.
///
/// Entries end when the credential does, when a change of who they stand for is heard of, and after a few seconds while
/// nothing can be heard. Memory is bounded: ended entries are forgotten first, then those longest unused. What is refused
/// has a memory of its own, so that nobody is forgotten for a flood of credentials that are none.
final class RememberedIdentities: Sendable {
    /// How long an entry is trusted while the database cannot be heard.
    private static let unheardMicroseconds: Int64 = 4_000_000
    /// How long a refusal is trusted: it bounds what a credential that becomes good unheard is late by.
    private static let refusedMicroseconds: Int64 = 60_000_000

    private struct Entry {
        var identity: VerifiedIdentity
        var user: UserID?
        var keyID: String?
        var rememberedAt: Instant
        var expiresAt: Instant
        var usedAt: Instant
    }

    private struct Refusal {
        var code: FaultCode
        var rememberedAt: Instant
    }

    private struct State {
        var entries: BoundedTable<String, Entry>
        var refusals: BoundedTable<String, Refusal>
        /// Grows with everything heard, so that what was checked before it is not remembered after it.
        var changes = 0
        var isListening = false

        /// What is from the future was remembered before the clock was set back, and would live too long.
        func isTrusted(_ rememberedAt: Instant, for longest: Int64, _ now: Instant) -> Bool {
            let age = now - rememberedAt
            return age >= 0 && age < (isListening ? longest : min(longest, unheardMicroseconds))
        }
    }

    private let state: Mutex<State>

    /// - Parameter capacity: credentials remembered, at most; of those refused a fifth.
    init(capacity: Int = 50_000) {
        state = Mutex(
            State(entries: BoundedTable(capacity: capacity), refusals: BoundedTable(capacity: capacity / 5)))
    }

    func find(_ credential: String, now: Instant) -> VerifiedIdentity? {
        state.withLock { state in
            let found = state.entries.update(credential) { entry -> (VerifiedIdentity, Instant, Bool) in
                entry.usedAt = now
                return (entry.identity, entry.rememberedAt, entry.expiresAt > now)
            }
            guard let (identity, rememberedAt, isAlive) = found else { return nil }
            guard isAlive, state.isTrusted(rememberedAt, for: .max, now) else {
                state.entries.remove(credential)
                return nil
            }
            return identity
        }
    }

    /// Why a credential was refused when it was last checked; nil when it has to be checked.
    func findRefusal(_ credential: String, now: Instant) -> FaultCode? {
        state.withLock { state in
            guard let refusal = state.refusals[credential],
                state.isTrusted(refusal.rememberedAt, for: Self.refusedMicroseconds, now)
            else { return nil }
            return refusal.code
        }
    }

    /// To be taken before a credential is checked and given back when it is remembered.
    var changes: Int { state.withLock { $0.changes } }

    /// How many credentials are remembered, good ones and refused ones.
    var counts: (known: Int, refused: Int) { state.withLock { ($0.entries.count, $0.refusals.count) } }

    func remember(
        _ credential: String,
        _ identity: VerifiedIdentity,
        keyID: String? = nil,
        now: Instant,
        expiresAt: Instant,
        changes: Int
    ) {
        let user: UserID?
        switch identity.principal.kind {
        case .user(let id, _): user = id
        case .apiKey, .device, .system: user = nil
        }
        let entry = Entry(
            identity: identity, user: user, keyID: keyID, rememberedAt: now, expiresAt: expiresAt, usedAt: now)
        state.withLock { state in
            guard state.changes == changes else { return }
            state.entries.update(
                credential, orMake: entry, harm: { $0.expiresAt > now ? $0.usedAt.microseconds : 0 }
            ) { $0 = entry }
        }
    }

    func rememberRefusal(_ credential: String, _ code: FaultCode, now: Instant, changes: Int) {
        let refusal = Refusal(code: code, rememberedAt: now)
        state.withLock { state in
            guard state.changes == changes else { return }
            state.refusals.update(credential, orMake: refusal, harm: { $0.rememberedAt.microseconds }) { $0 = refusal }
        }
    }

    /// A payload of the channel `identity_changed`: `user:<id>`, `membership:<user>:<tenant>`, `tenant:<id>`,
    /// `family:<sid>`, `key:<public id>` or `device:<id>`.
    func hear(_ payload: String) {
        let parts = payload.split(separator: ":").map(String.init)
        state.withLock { state in
            state.changes += 1
            // Whom a refused credential may stand for now is not known.
            state.refusals.removeAll()
            guard parts.count >= 2 else { return state.entries.removeAll() }
            state.entries.removeAll { entry in
                switch parts[0] {
                case "user", "membership": entry.user?.description == parts[1]
                case "tenant": entry.identity.principal.tenant.description == parts[1]
                case "family": entry.identity.session?.description == parts[1]
                case "key": entry.keyID == parts[1]
                case "device": entry.identity.device?.id.description == parts[1]
                default: true
                }
            }
        }
    }

    /// Changes are heard from now on; what was remembered before may have missed one.
    func beginListening() {
        state.withLock { $0.isListening = true }
        forgetAll()
    }

    /// No change is heard from now on.
    func endListening() {
        state.withLock { $0.isListening = false }
    }

    /// Something has changed, and nobody knows what.
    func forgetAll() {
        state.withLock { state in
            state.changes += 1
            state.entries.removeAll()
            state.refusals.removeAll()
        }
    }
}
