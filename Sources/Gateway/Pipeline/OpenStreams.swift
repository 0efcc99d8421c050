import Shared
import Synchronization

/// Keeps people, keys and companies to so many streams of events open at one time.
///
/// What a stream takes is a place and not a rate: it costs a little for as long as it lasts. So a worker is told how many
/// streams its company may have, and has room for as many requests beside them.
final class OpenStreams: Sendable {
    struct Settings: Sendable {
        var ofPrincipal = 20
        var ofTenant = 500
    }

    /// One stream's place. It is free again when nobody holds it any more, whatever the stream has ended by.
    final class Place: Sendable {
        private let end: @Sendable () -> Void

        fileprivate init(end: @escaping @Sendable () -> Void) {
            self.end = end
        }

        deinit { end() }
    }

    private struct Holder: Hashable {
        var tenant: TenantID
        /// Nil: everybody in the tenant.
        var author: Author?
    }

    /// After so long it is worth asking again; nobody can tell when a stream ends.
    private static let wait: Int64 = 5_000_000

    private let settings: Settings
    private let open = Mutex<[Holder: Int]>([:])

    init(settings: Settings) {
        self.settings = settings
    }

    /// Takes a place for one more stream.
    ///
    /// - Throws: `rateLimited` when there is none.
    func take(for principal: Principal) throws(Fault) -> Place {
        let own = Holder(tenant: principal.tenant, author: principal.author)
        let tenant = Holder(tenant: principal.tenant)
        let met: LimitName? = open.withLock { open in
            if open[own, default: 0] >= settings.ofPrincipal { return .principalStreams }
            if open[tenant, default: 0] >= settings.ofTenant { return .tenantStreams }
            open[own, default: 0] += 1
            open[tenant, default: 0] += 1
            return nil
        }
        if let met { throw .rateLimited(by: met, wait: Self.wait) }
        return Place { [self] in
            open.withLock { open in
                for holder in [own, tenant] {
                    let left = open[holder, default: 1] - 1
                    open[holder] = left > 0 ? left : nil
                }
            }
        }
    }
}
