import CProcess
import Glibc
import Logging
import Shared
import Synchronization

/// The rights to serve tenants in a run folder: each is one gateway's at a time, until it gives it up or its process has
/// ended in whatever way.
///
/// One file stands for all of them: the byte with a tenant's number is locked by whoever has the tenant, and byte 0 by
/// whoever accepts connections. So a gateway that is alone has all of them by one lock, also those of tenants that are yet to
/// come.
package final class TenantClaims: Sendable {
    private struct State {
        var hasConnections = false
        /// Whether nobody else has a tenant.
        var hasEveryTenant = false
        /// Of those that were taken one by one, or kept when the others were given up.
        var taken: Set<TenantID> = []
        /// Nothing is taken any more that somebody else may want.
        var isLeaving = false
        /// What the system said last against a lock, so that it is logged once.
        var lastFailure: Int32 = 0

        /// Whether nobody else has anything.
        var isWhole: Bool { hasConnections && hasEveryTenant }
    }

    private let path: String
    /// Open as long as the process lives: the locks are on it.
    private let descriptor: Int32
    private let logger: Logger
    private let state = Mutex(State())

    init(runFolder: String, logger: Logger) throws(RunFolderClaim.Failure) {
        path = runFolder + "/tenants.lock"
        self.logger = logger
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .system(path: path, code: errno) }
    }

    deinit { close(descriptor) }

    /// Whether no other gateway has a tenant, or accepts connections.
    var isWhole: Bool { state.withLock { $0.isWhole } }

    /// Whether the tenant is this gateway's.
    func has(_ tenant: TenantID) -> Bool {
        state.withLock { $0.hasEveryTenant || $0.taken.contains(tenant) }
    }

    // MARK: Taking

    /// Takes everything.
    ///
    /// - Returns: false when somebody else has any of it.
    func takeAll() throws(RunFolderClaim.Failure) -> Bool {
        let code = state.withLock { lockAll(&$0) }
        return try isTaken(code)
    }

    /// The same, while this gateway serves: what the system has against it is logged.
    func takeRest() -> Bool {
        state.withLock { state in
            let code = lockAll(&state)
            note(code, &state)
            return code == 0
        }
    }

    /// Takes the right to accept connections.
    ///
    /// - Returns: false when somebody else has it.
    func takeConnections() throws(RunFolderClaim.Failure) -> Bool {
        let code = state.withLock { state in
            let code = camet_lock_bytes(descriptor, 0, 1)
            if code == 0 { state.hasConnections = true }
            return code
        }
        return try isTaken(code)
    }

    /// - Returns: whether the tenant is this gateway's.
    func take(_ tenant: TenantID) -> Bool {
        state.withLock { state in
            if state.hasEveryTenant || state.taken.contains(tenant) { return true }
            let code = camet_lock_bytes(descriptor, tenant.rawValue, 1)
            note(code, &state)
            guard code == 0 else { return false }
            state.taken.insert(tenant)
            return true
        }
    }

    private func lockAll(_ state: inout State) -> Int32 {
        if state.isWhole { return 0 }
        if state.isLeaving { return EAGAIN }
        let code = camet_lock_bytes(descriptor, 0, 0)
        if code == 0 { (state.hasConnections, state.hasEveryTenant) = (true, true) }
        return code
    }

    private func isTaken(_ code: Int32) throws(RunFolderClaim.Failure) -> Bool {
        guard code == 0 || code == EAGAIN else { throw .system(path: path, code: code) }
        return code == 0
    }

    private func note(_ code: Int32, _ state: inout State) {
        guard code != 0, code != EAGAIN, code != state.lastFailure else { return }
        state.lastFailure = code
        logger.error(
            "tenants cannot be locked", metadata: ["path": "\(path)", "cause": "\(String(cString: strerror(code)))"])
    }

    // MARK: Giving up

    /// Lets somebody else accept connections. From then on no more is taken than this gateway has.
    func giveUpConnections() {
        state.withLock { state in
            state.isLeaving = true
            state.hasConnections = false
            unlock(0, 1, &state)
        }
    }

    /// Takes back that connections were given up, when nobody has come for them.
    func keepConnections() {
        state.withLock { state in
            state.isLeaving = false
            let code = camet_lock_bytes(descriptor, 0, 1)
            note(code, &state)
            state.hasConnections = code == 0
        }
    }

    /// Gives up every tenant but these, and of these keeps what this gateway has.
    func giveUpTenants(but kept: Set<TenantID>) {
        state.withLock { state in
            state.taken = state.hasEveryTenant ? kept : state.taken.intersection(kept)
            state.hasEveryTenant = false
            var first: Int64 = 1
            for tenant in state.taken.map(\.rawValue).sorted() {
                if tenant > first { unlock(first, tenant - first, &state) }
                first = tenant + 1
            }
            unlock(first, 0, &state)
        }
    }

    func giveUp(_ tenant: TenantID) {
        state.withLock { state in
            state.taken.remove(tenant)
            unlock(tenant.rawValue, 1, &state)
        }
    }

    private func unlock(_ first: Int64, _ count: Int64, _ state: inout State) {
        note(camet_unlock_bytes(descriptor, first, count), &state)
    }
}
