import Shared
import Synchronization

/// Keeps principals and tenants to their requests per minute, and a tenant's ingest to so many in flight.
///
/// Each has a bucket that holds one minute's requests and refills evenly, so a burst of a whole minute's worth is served.
/// Memory is bounded: full buckets are forgotten first, since a new one is just like them.
final class RateLimits: Sendable {
    struct Settings: Sendable {
        var requestsPerMinuteOfPrincipal = 600
        var requestsPerMinuteOfTenant = 6_000
        var ingestRequestsInFlightOfTenant = 64
        /// Buckets remembered, at most.
        var capacity = 100_000
    }

    private enum Key: Hashable {
        case principal(TenantID, Principal.Kind)
        case tenant(TenantID)
    }

    private struct State {
        var buckets: [Key: MinuteAllowance] = [:]
        var ingestInFlight: [TenantID: Int] = [:]
    }

    private let settings: Settings
    private let now: @Sendable () -> Int64
    private let state = Mutex(State())

    /// - Parameter now: microseconds of a clock that never goes back.
    init(settings: Settings, now: @escaping @Sendable () -> Int64) {
        self.settings = settings
        self.now = now
    }

    /// Counts one request.
    ///
    /// - Throws: `rateLimited` with the seconds until one more would be served.
    func countRequest(of principal: Principal) throws(Fault) {
        let now = now()
        let wait = state.withLock { state in
            let own = take(
                .principal(principal.tenant, principal.kind), settings.requestsPerMinuteOfPrincipal, now, &state)
            if own > 0 { return own }
            return take(.tenant(principal.tenant), settings.requestsPerMinuteOfTenant, now, &state)
        }
        if wait > 0 {
            throw Fault(code: .rateLimited, retryAfterSeconds: Int((wait + 999_999) / 1_000_000))
        }
    }

    /// Takes one of the tenant's places for ingest; give it back with `endIngest`.
    func beginIngest(of tenant: TenantID) throws(Fault) {
        let isFree = state.withLock { state in
            let inFlight = state.ingestInFlight[tenant, default: 0]
            guard inFlight < settings.ingestRequestsInFlightOfTenant else { return false }
            state.ingestInFlight[tenant] = inFlight + 1
            return true
        }
        if !isFree { throw Fault(code: .rateLimited, retryAfterSeconds: 1) }
    }

    func endIngest(of tenant: TenantID) {
        state.withLock { state in
            let left = state.ingestInFlight[tenant, default: 1] - 1
            state.ingestInFlight[tenant] = left > 0 ? left : nil
        }
    }

    /// Microseconds to wait; zero when the request was counted.
    private func take(_ key: Key, _ perMinute: Int, _ now: Int64, _ state: inout State) -> Int64 {
        if let index = state.buckets.index(forKey: key) {
            return state.buckets.values[index].take(1, of: perMinute, at: now)
        }
        if state.buckets.count >= settings.capacity { forgetFull(now, &state) }
        var bucket = MinuteAllowance()
        defer { state.buckets[key] = bucket }
        return bucket.take(1, of: perMinute, at: now)
    }

    private func forgetFull(_ now: Int64, _ state: inout State) {
        state.buckets = state.buckets.filter { !$0.value.isUnused(at: now) }
        if state.buckets.count >= settings.capacity { state.buckets.removeAll(keepingCapacity: true) }
    }
}
