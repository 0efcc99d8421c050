import Shared
import Synchronization

/// Remembers who a credential stood for when it was last checked, so that a request costs no signature check and no query.
///
/// Entries end when the credential does, when a change of who they stand for is heard of, and after a few seconds while
/// nothing can be heard.
final class RememberedIdentities: Sendable {
    private static let capacity = 50_000
    /// How long an entry is trusted while the database cannot be heard.
    private static let unheardMicroseconds: Int64 = 4_000_000

    private struct Entry {
        var identity: VerifiedIdentity
        var user: UserID?
        var keyID: String?
        var rememberedAt: Instant
        var expiresAt: Instant
    }

    private struct State {
        var entries: [String: Entry] = [:]
        /// Grows with everything heard, so that what was checked before it is not remembered after it.
        var changes = 0
        var isListening = false
    }

    private let state = Mutex(State())

    func find(_ credential: String, now: Instant) -> VerifiedIdentity? {
        state.withLock { state in
            guard let entry = state.entries[credential] else { return nil }
            let isTrusted = state.isListening || now - entry.rememberedAt < Self.unheardMicroseconds
            // One from the future was remembered before the clock was set back, and would live too long.
            guard entry.expiresAt > now, entry.rememberedAt <= now, isTrusted else {
                state.entries[credential] = nil
                return nil
            }
            return entry.identity
        }
    }

    /// To be taken before a credential is checked and given back when it is remembered.
    var changes: Int { state.withLock { $0.changes } }

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
        case .apiKey, .system: user = nil
        }
        state.withLock { state in
            guard state.changes == changes else { return }
            if state.entries.count >= Self.capacity { state.entries.removeAll(keepingCapacity: true) }
            state.entries[credential] = Entry(
                identity: identity, user: user, keyID: keyID, rememberedAt: now, expiresAt: expiresAt)
        }
    }

    /// A payload of the channel `identity_changed`: `user:<id>`, `membership:<user>:<tenant>`, `tenant:<id>`,
    /// `family:<sid>` or `key:<public id>`.
    func hear(_ payload: String) {
        let parts = payload.split(separator: ":").map(String.init)
        state.withLock { state in
            state.changes += 1
            guard parts.count >= 2 else { return state.entries.removeAll() }
            state.entries = state.entries.filter { _, entry in
                switch parts[0] {
                case "user", "membership": entry.user?.description != parts[1]
                case "tenant": entry.identity.principal.tenant.description != parts[1]
                case "family": entry.identity.session?.description != parts[1]
                case "key": entry.keyID != parts[1]
                default: false
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
        }
    }
}
