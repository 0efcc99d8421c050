import Foundation
import Shared
import Testing

@testable import Gateway

/// What limits keep when a million different accounts, addresses and principals come.
@Suite(.serialized) struct LimitsMemoryTests {
    private static let flood = 1_000_000
    private static let address = ClientAddress("192.0.2.1")

    /// Resident memory of this process, in which nothing else runs meanwhile (script/test).
    private var bytesInUse: Int {
        let fields = (try? String(contentsOfFile: "/proc/self/statm", encoding: .ascii))?.split(separator: " ") ?? []
        return (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * 4_096
    }

    private func isLocked(_ attempts: SignInAttempts, _ account: String, _ address: ClientAddress) -> Bool {
        do throws(Fault) {
            try attempts.check(account: account, address: address)
            return false
        } catch {
            return true
        }
    }

    private func elsewhere(_ number: Int) -> ClientAddress {
        ClientAddress("2001:db8:\(String(number >> 16, radix: 16)):\(String(number & 0xFFFF, radix: 16))::/64")
    }

    @Test func aMillionAccountsFromAMillionAddressesTakeBoundedMemoryAndUnlockNobody() {
        let clock = HandClock()
        let attempts = SignInAttempts { clock.now }
        for _ in 1...5 { attempts.countFailure(account: "victim", address: Self.address) }
        for number in 1...25 { attempts.countFailure(account: "other\(number)", address: Self.address) }
        #expect(isLocked(attempts, "victim", elsewhere(0)) && isLocked(attempts, "somebody", Self.address))
        let before = bytesInUse
        let long = String(repeating: "x", count: 1_000)
        for number in 1...Self.flood {
            attempts.countFailure(account: "\(long)\(number)", address: elsewhere(number))
        }
        let grown = bytesInUse - before
        print("sign-ins: a million accounts and addresses take \(grown / 1_024) KiB, \(attempts.remembered) kept")
        #expect(attempts.remembered <= 100_000)
        #expect(grown < 96 << 20)
        #expect(isLocked(attempts, "victim", elsewhere(0)) && isLocked(attempts, "somebody", Self.address))
        #expect(!isLocked(attempts, "somebody", elsewhere(0)))
        // Locks end by time, full or not.
        clock.pass(seconds: 15 * 60)
        #expect(!isLocked(attempts, "victim", elsewhere(0)) && !isLocked(attempts, "somebody", Self.address))
    }

    @Test func aMillionPrincipalsTakeBoundedMemoryAndOpenNobodysLimit() {
        let clock = HandClock()
        let limits = RateLimits(settings: RateLimits.Settings(requestsPerMinuteOfPrincipal: 20)) { clock.now }
        let spent = Principal(kind: .user(UserID(1), .viewer), tenant: TenantID(1))
        for _ in 1...20 { #expect(limits.count(spent).fault == nil) }
        #expect(limits.count(spent).fault != nil)
        let before = bytesInUse
        for number in 2...Self.flood {
            _ = limits.count(
                Principal(kind: .user(UserID(Int64(number)), .viewer), tenant: TenantID(Int64(2 + number / 100))))
            limits.countRefusedCredential(from: elsewhere(number))
        }
        let grown = bytesInUse - before
        print("rate limits: a million principals and addresses take \(grown / 1_024) KiB, \(limits.remembered) kept")
        #expect(limits.remembered <= 100_000)
        #expect(grown < 96 << 20)
        #expect(limits.count(spent).fault != nil)
        clock.pass(seconds: 60)
        #expect(limits.count(spent).fault == nil)
    }
}
