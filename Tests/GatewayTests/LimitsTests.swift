import Shared
import Synchronization
import Testing

@testable import Gateway

/// A clock that only the test moves; microseconds.
final class HandClock: Sendable {
    private let time = Mutex<Int64>(1_000_000_000)

    var now: Int64 { time.withLock { $0 } }

    func pass(seconds: Int64) {
        time.withLock { $0 += seconds * 1_000_000 }
    }
}

/// What limits make of an hour that passes in a moment: a machine that slept, or a clock that was set.
@Suite struct LimitsTests {
    private let address = ClientAddress("192.0.2.1")

    private func fault(_ body: () throws(Fault) -> Void) -> Fault? {
        do throws(Fault) {
            try body()
            return nil
        } catch {
            return error
        }
    }

    @Test func anHourOpensNoRateForMoreThanItsMinute() {
        let clock = HandClock()
        let limits = RateLimits(settings: RateLimits.Settings(requestsPerMinuteOfPrincipal: 20)) { clock.now }
        let principal = Principal(kind: .user(UserID(1), .viewer), tenant: TenantID(1))
        func served() -> Int {
            (0..<100).count { _ in limits.count(principal).fault == nil }
        }
        #expect(served() == 20)
        #expect(served() == 0)
        clock.pass(seconds: 3)
        #expect(served() == 1)
        clock.pass(seconds: 3_600)
        #expect(served() == 20)
        #expect(
            limits.count(principal).fault == Fault(code: .rateLimited, retryAfterSeconds: 3, limit: .principal))
    }

    @Test func oneTooManyForTheTenantCountsForNobody() {
        let clock = HandClock()
        let limits = RateLimits(
            settings: RateLimits.Settings(requestsPerMinuteOfPrincipal: 20, requestsPerMinuteOfTenant: 30)
        ) { clock.now }
        let (ana, eva, other) = (
            Principal(kind: .user(UserID(1), .viewer), tenant: TenantID(1)),
            Principal(kind: .apiKey(APIKeyID(1), [.read]), tenant: TenantID(1)),
            Principal(kind: .user(UserID(1), .viewer), tenant: TenantID(2))
        )
        for _ in 1...20 { #expect(limits.count(ana).fault == nil) }
        #expect(limits.count(ana).fault?.limit == .principal)
        for _ in 1...10 { #expect(limits.count(eva).fault == nil) }
        let refused = limits.count(eva)
        #expect(refused.fault == Fault(code: .rateLimited, retryAfterSeconds: 2, limit: .tenant))
        #expect(refused.fields.policy == #""principal";q=20;w=60, "tenant";q=30;w=60"#)
        #expect(refused.fields.state == #""principal";r=10;t=30, "tenant";r=0;t=60"#)
        #expect(limits.count(other).fault == nil)
        // A changed role is no new allowance.
        #expect(limits.count(Principal(kind: .user(UserID(1), .admin), tenant: TenantID(1))).fault != nil)
    }

    @Test func placesForIngestComeBack() {
        let limits = RateLimits(settings: RateLimits.Settings(ingestRequestsInFlightOfTenant: 2)) { 0 }
        let tenant = TenantID(1)
        #expect(limits.beginIngest(of: tenant).fault == nil)
        let last = limits.beginIngest(of: tenant)
        #expect(last.fault == nil)
        #expect(last.fields.policy == #""ingest_in_flight";q=2;qu="concurrent-requests""#)
        #expect(last.fields.state == #""ingest_in_flight";r=0"#)
        #expect(
            limits.beginIngest(of: tenant).fault
                == Fault(code: .rateLimited, retryAfterSeconds: 1, limit: .ingestInFlight))
        #expect(limits.beginIngest(of: TenantID(2)).fault == nil)
        limits.endIngest(of: tenant)
        #expect(limits.beginIngest(of: tenant).fault == nil)
    }

    @Test func anAddressMayHaveSoManyCredentialsCheckedInVain() {
        let clock = HandClock()
        let limits = RateLimits(settings: RateLimits.Settings(refusedCredentialsPerMinuteOfAddress: 3)) { clock.now }
        func refusal(_ address: ClientAddress) -> Fault? {
            fault { () throws(Fault) in try limits.checkCredential(from: address) }
        }
        for _ in 1...3 {
            #expect(refusal(address) == nil)
            limits.countRefusedCredential(from: address)
        }
        #expect(refusal(address) == Fault(code: .rateLimited, retryAfterSeconds: 20, limit: .address))
        #expect(refusal(ClientAddress("192.0.2.2")) == nil)
        clock.pass(seconds: 20)
        #expect(refusal(address) == nil)
    }

    @Test func rememberedPrincipalsAreBoundedAndTheUsedOnesKept() {
        let clock = HandClock()
        let limits = RateLimits(
            settings: RateLimits.Settings(
                requestsPerMinuteOfPrincipal: 1, requestsPerMinuteOfTenant: 1_000_000, capacity: 50)
        ) { clock.now }
        for user in 1...40 {
            let principal = Principal(kind: .user(UserID(Int64(user)), .viewer), tenant: TenantID(1))
            #expect(limits.count(principal).fault == nil)
        }
        clock.pass(seconds: 30)
        let first = Principal(kind: .user(UserID(1), .viewer), tenant: TenantID(1))
        #expect(limits.count(first).fault?.code == .rateLimited)
        clock.pass(seconds: 31)
        #expect(limits.count(first).fault == nil)
    }

    @Test func aLockedAccountStaysLockedForItsTimeAndNotLonger() {
        let clock = HandClock()
        let attempts = SignInAttempts { clock.now }
        func isLocked() -> Bool {
            fault { () throws(Fault) in try attempts.check(account: "ana", address: address) } != nil
        }
        for _ in 1...4 { attempts.countFailure(account: "ana", address: address) }
        #expect(!isLocked())
        attempts.countFailure(account: "ana", address: address)
        #expect(isLocked())
        clock.pass(seconds: 15 * 60 - 1)
        #expect(isLocked())
        clock.pass(seconds: 1)
        #expect(!isLocked())
        for _ in 1...5 { attempts.countFailure(account: "ana", address: address) }
        #expect(isLocked())
        clock.pass(seconds: 3_600)
        #expect(!isLocked())
    }

    @Test func anAddressIsLockedAfterThirtyFailuresOfAnybody() {
        let clock = HandClock()
        let attempts = SignInAttempts { clock.now }
        for number in 1...30 {
            #expect(fault { () throws(Fault) in try attempts.check(account: "new", address: address) } == nil)
            attempts.countFailure(account: "user\(number)", address: address)
        }
        let refusal = fault { () throws(Fault) in try attempts.check(account: "new", address: address) }
        #expect(refusal == Fault(code: .tooManyAttempts, retryAfterSeconds: 900, limit: .address))
        let other = ClientAddress("192.0.2.2")
        #expect(fault { () throws(Fault) in try attempts.check(account: "new", address: other) } == nil)
    }
}
