import Shared
import Synchronization

/// Keeps a tenant to so many requests at one time: those its worker works on and those that wait for the worker.
///
/// Whoever asks much faster than his worker answers fills this, and not the gateway's memory.
final class RequestsInFlight: Sendable {
    private let most: Int
    private let counts = Mutex<[TenantID: Int]>([:])

    /// - Parameter most: of one tenant.
    init(most: Int) {
        self.most = most
    }

    /// Takes a place; give it back with `end`, unless this throws.
    ///
    /// - Throws: `rateLimited`.
    func begin(of tenant: TenantID) throws(Fault) {
        let isTaken = counts.withLock { counts in
            let count = counts[tenant, default: 0]
            guard count < most else { return false }
            counts[tenant] = count + 1
            return true
        }
        if !isTaken { throw .rateLimited(by: .requestsInFlight, wait: 1_000_000) }
    }

    /// Of each tenant that has some.
    var all: [TenantID: Int] { counts.withLock { $0 } }

    func end(of tenant: TenantID) {
        counts.withLock { counts in
            let left = counts[tenant, default: 1] - 1
            counts[tenant] = left > 0 ? left : nil
        }
    }
}
