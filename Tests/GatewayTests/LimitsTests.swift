import Shared
import Synchronization
import Testing

@testable import Gateway

/// A clock that only the test moves; microseconds.
private final class HandClock: Sendable {
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
            (0..<100).count { _ in fault { () throws(Fault) in try limits.countRequest(of: principal) } == nil }
        }
        #expect(served() == 20)
        #expect(served() == 0)
        clock.pass(seconds: 3)
        #expect(served() == 1)
        clock.pass(seconds: 3_600)
        #expect(served() == 20)
        let refusal = fault { () throws(Fault) in try limits.countRequest(of: principal) }
        #expect(refusal == Fault(code: .rateLimited, retryAfterSeconds: 3))
    }

    @Test func rememberedPrincipalsAreBoundedAndTheUsedOnesKept() {
        let clock = HandClock()
        let limits = RateLimits(
            settings: RateLimits.Settings(
                requestsPerMinuteOfPrincipal: 1, requestsPerMinuteOfTenant: 1_000_000, capacity: 50)
        ) { clock.now }
        for user in 1...40 {
            let principal = Principal(kind: .user(UserID(Int64(user)), .viewer), tenant: TenantID(1))
            #expect(fault { () throws(Fault) in try limits.countRequest(of: principal) } == nil)
        }
        clock.pass(seconds: 30)
        let first = Principal(kind: .user(UserID(1), .viewer), tenant: TenantID(1))
        #expect(fault { () throws(Fault) in try limits.countRequest(of: first) }?.code == .rateLimited)
        clock.pass(seconds: 31)
        #expect(fault { () throws(Fault) in try limits.countRequest(of: first) } == nil)
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
        #expect(refusal == Fault(code: .tooManyAttempts, retryAfterSeconds: 900))
        let other = ClientAddress("192.0.2.2")
        #expect(fault { () throws(Fault) in try attempts.check(account: "new", address: other) } == nil)
    }
}
