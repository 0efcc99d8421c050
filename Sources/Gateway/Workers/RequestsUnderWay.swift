import Shared
import Synchronization

/// The requests that have come and whose answers have not left, by whose they are. A gateway that ends keeps a tenant for as
/// long as there are some of it.
final class RequestsUnderWay: Sendable {
    fileprivate enum Owner {
        /// It has not been found out yet.
        case unknown
        /// No worker is needed for it.
        case nobody
        case tenant(TenantID)
    }

    /// One request, until nobody holds this any more.
    final class Place: Sendable {
        private let requests: RequestsUnderWay
        private let owner = Mutex(Owner.unknown)

        fileprivate init(_ requests: RequestsUnderWay) {
            self.requests = requests
        }

        deinit { requests.change(owner.withLock { $0 }, to: nil) }

        /// Says whose it is; nil when no worker is needed for it.
        func belongs(to tenant: TenantID?) {
            let new = tenant.map { Owner.tenant($0) } ?? .nobody
            let old = owner.withLock { owner in
                defer { owner = new }
                return owner
            }
            requests.change(old, to: new)
        }
    }

    /// A moment as a rule: what the global database answers, or the rest of a body that nobody wants.
    private static let longestSearch = Duration.seconds(1)

    private struct State {
        var unknown = 0
        var counts: [TenantID: Int] = [:]
    }

    private let state = Mutex(State())

    func begin() -> Place {
        change(nil, to: .unknown)
        return Place(self)
    }

    /// Returns when of each it has been found out whose it is, when that takes too long, or when the task is cancelled.
    func waitForOwners() async {
        let latest = ContinuousClock.now + Self.longestSearch
        while state.withLock({ $0.unknown > 0 }), .now < latest {
            // A look now and then, in a wait that is made once in a gateway's life: every request would else pay for telling it.
            guard (try? await Task.sleep(for: .milliseconds(10))) != nil else { return }
        }
    }

    var tenants: Set<TenantID> { state.withLock { Set($0.counts.keys) } }

    func has(_ tenant: TenantID) -> Bool { state.withLock { $0.counts[tenant] != nil } }

    private func change(_ old: Owner?, to new: Owner?) {
        state.withLock { state in
            switch new {
            case .unknown: state.unknown += 1
            case .tenant(let tenant): state.counts[tenant, default: 0] += 1
            case .nobody, nil: break
            }
            switch old {
            case .unknown: state.unknown -= 1
            case .tenant(let tenant):
                let left = state.counts[tenant, default: 1] - 1
                state.counts[tenant] = left > 0 ? left : nil
            case .nobody, nil: break
            }
        }
    }
}
