import Shared
import Synchronization

/// Keeps principals and tenants to their requests per minute, a tenant's ingest to so many in flight, and an address to so
/// many credentials that are none.
///
/// Each has an allowance of one minute that comes back evenly, so a burst of a whole minute's worth is served. Memory is
/// bounded: an allowance of which nothing is used is just like a new one and is forgotten first, then the least used.
final class RateLimits: Sendable {
    struct Settings: Sendable {
        var requestsPerMinuteOfPrincipal = 600
        var requestsPerMinuteOfTenant = 6_000
        var ingestRequestsInFlightOfTenant = 64
        /// Counted by `RequestsInFlight`; here to be told of.
        var requestsInFlightOfTenant = 1_000
        /// Counted by `WorkerSupervisor`; here to be told of.
        var requestsWaitingOfTenant = 500
        var ingestRowsPerMinuteOfTenant = 1_000_000
        /// Credentials that had to be looked up or whose signature had to be checked, and that were none.
        var refusedCredentialsPerMinuteOfAddress = 600
        /// Counted by `OpenStreams`; here to be told of.
        var streams = OpenStreams.Settings()
        /// Allowances remembered, at most.
        var capacity = 100_000
    }

    /// What became of one request.
    struct Count: Sendable {
        var fields: RateLimitFields
        /// Why it is one too many.
        var fault: Fault?
    }

    private enum Key: Hashable {
        case user(TenantID, UserID)
        case apiKey(APIKeyID)
        case device(DeviceID)
        case tenant(TenantID)
        case address(ClientAddress)
    }

    /// What is told of the limits, as far as it is the same each time.
    private struct Policies {
        let requests: String
        let ingest: String
        let ingestRows: String
        let account: String
        let failuresOfAddress: String
        let credentialsOfAddress: String
        let requestsInFlight: String
        let requestsWaiting: String
        let principalStreams: String
        let tenantStreams: String

        init(_ settings: Settings) {
            let quota = RateLimitFields.quota
            requests = [
                quota(.principal, settings.requestsPerMinuteOfPrincipal, 60, nil),
                quota(.tenant, settings.requestsPerMinuteOfTenant, 60, nil),
            ].joined(separator: ", ")
            ingest = quota(.ingestInFlight, settings.ingestRequestsInFlightOfTenant, nil, "concurrent-requests")
            ingestRows = quota(.ingestRows, settings.ingestRowsPerMinuteOfTenant, 60, "rows")
            account = quota(.account, SignInAttempts.failuresPerAccount, SignInAttempts.windowSeconds, nil)
            failuresOfAddress = quota(.address, SignInAttempts.failuresPerAddress, SignInAttempts.windowSeconds, nil)
            credentialsOfAddress = quota(.address, settings.refusedCredentialsPerMinuteOfAddress, 60, nil)
            requestsInFlight = quota(
                .requestsInFlight, settings.requestsInFlightOfTenant, nil, "concurrent-requests")
            requestsWaiting = quota(.requestsWaiting, settings.requestsWaitingOfTenant, nil, "concurrent-requests")
            principalStreams = quota(.principalStreams, settings.streams.ofPrincipal, nil, "concurrent-requests")
            tenantStreams = quota(.tenantStreams, settings.streams.ofTenant, nil, "concurrent-requests")
        }
    }

    private struct State {
        var allowances: BoundedTable<Key, MinuteAllowance>
        var ingestInFlight: [TenantID: Int] = [:]
    }

    private let settings: Settings
    private let now: @Sendable () -> Int64
    private let state: Mutex<State>
    private let policies: Policies

    /// - Parameter now: microseconds of a clock that never goes back.
    init(settings: Settings, now: @escaping @Sendable () -> Int64) {
        self.settings = settings
        self.now = now
        state = Mutex(State(allowances: BoundedTable(capacity: settings.capacity)))
        policies = Policies(settings)
    }

    /// How many allowances are remembered.
    var remembered: Int { state.withLock { $0.allowances.count } }

    // MARK: Requests

    /// Counts one request for its principal and his tenant; one too many for either counts for neither.
    func count(_ principal: Principal) -> Count {
        let key: Key
        switch principal.kind {
        case .user(let user, _): key = .user(principal.tenant, user)
        case .apiKey(let id, _): key = .apiKey(id)
        case .device(let id, _): key = .device(id)
        case .system: key = .tenant(principal.tenant)
        }
        let limits = (own: settings.requestsPerMinuteOfPrincipal, tenant: settings.requestsPerMinuteOfTenant)
        let now = now()
        let (own, tenant, wait) = state.withLock { state in
            var own = state.allowances[key] ?? MinuteAllowance()
            var tenant = state.allowances[.tenant(principal.tenant)] ?? MinuteAllowance()
            let wait = (
                own: own.wait(for: 1, of: limits.own, at: now), tenant: tenant.wait(for: 1, of: limits.tenant, at: now)
            )
            if wait == (0, 0) {
                own = take(key, limits.own, now, &state)
                tenant = take(.tenant(principal.tenant), limits.tenant, now, &state)
            }
            return (own, tenant, wait)
        }
        let fields = RateLimitFields(
            policies.requests,
            .init(name: .principal, left: own.left(of: limits.own, at: now), recovery: own.recovery(at: now)),
            .init(name: .tenant, left: tenant.left(of: limits.tenant, at: now), recovery: tenant.recovery(at: now)))
        guard wait != (0, 0) else { return Count(fields: fields) }
        // The one that is waited for longer, so that whoever waits that long is served.
        let fault =
            wait.own >= wait.tenant
            ? Fault.rateLimited(by: .principal, wait: wait.own) : .rateLimited(by: .tenant, wait: wait.tenant)
        return Count(fields: fields, fault: fault)
    }

    private func take(_ key: Key, _ perMinute: Int, _ now: Int64, _ state: inout State) -> MinuteAllowance {
        state.allowances.update(
            key, orMake: MinuteAllowance(), harm: { $0.recovery(at: now) },
            { allowance in
                _ = allowance.take(1, of: perMinute, at: now)
                return allowance
            })
    }

    // MARK: Ingest

    /// Takes one of the tenant's places for ingest; give it back with `endIngest`, unless it was one too many.
    func beginIngest(of tenant: TenantID) -> Count {
        let limit = settings.ingestRequestsInFlightOfTenant
        let (left, isTaken) = state.withLock { state in
            let inFlight = state.ingestInFlight[tenant, default: 0]
            guard inFlight < limit else { return (0, false) }
            state.ingestInFlight[tenant] = inFlight + 1
            return (limit - inFlight - 1, true)
        }
        return Count(
            fields: RateLimitFields(policies.ingest, .init(name: .ingestInFlight, left: left, recovery: nil)),
            fault: isTaken ? nil : .rateLimited(by: .ingestInFlight, wait: 1_000_000))
    }

    func endIngest(of tenant: TenantID) {
        state.withLock { state in
            let left = state.ingestInFlight[tenant, default: 1] - 1
            state.ingestInFlight[tenant] = left > 0 ? left : nil
        }
    }

    // MARK: Credentials

    /// Whether an address may have one more credential checked: not when too many from there were none.
    ///
    /// - Throws: `rateLimited`.
    func checkCredential(from address: ClientAddress) throws(Fault) {
        let wait = state.withLock { state in
            state.allowances[.address(address)]?
                .wait(for: 1, of: settings.refusedCredentialsPerMinuteOfAddress, at: now()) ?? 0
        }
        if wait > 0 { throw .rateLimited(by: .address, wait: wait) }
    }

    /// A credential from there was checked, and was none.
    func countRefusedCredential(from address: ClientAddress) {
        let now = now()
        state.withLock { state in
            _ = take(.address(address), settings.refusedCredentialsPerMinuteOfAddress, now, &state)
        }
    }

    // MARK: Refusals

    /// What a refusal tells of a limit that is not counted here, or not for everybody.
    func fields(of fault: Fault) -> RateLimitFields? {
        guard let limit = fault.limit, let seconds = fault.retryAfterSeconds else { return nil }
        let policy: String
        var recovery: Int64? = Int64(seconds) * 1_000_000
        switch (limit, fault.code) {
        case (.ingestRows, _): policy = policies.ingestRows
        case (.account, _): policy = policies.account
        case (.address, .tooManyAttempts): policy = policies.failuresOfAddress
        // All of it is used.
        case (.address, _): (policy, recovery) = (policies.credentialsOfAddress, 60_000_000)
        // Of what is there at one time no time brings it back.
        case (.requestsInFlight, _): (policy, recovery) = (policies.requestsInFlight, nil)
        case (.requestsWaiting, _): (policy, recovery) = (policies.requestsWaiting, nil)
        case (.principalStreams, _): (policy, recovery) = (policies.principalStreams, nil)
        case (.tenantStreams, _): (policy, recovery) = (policies.tenantStreams, nil)
        case (.principal, _), (.tenant, _), (.ingestInFlight, _): return nil
        }
        return RateLimitFields(policy, .init(name: limit, left: 0, recovery: recovery))
    }
}
