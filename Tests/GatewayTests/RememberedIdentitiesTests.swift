import Shared
import Testing

@testable import Gateway

@Suite struct RememberedIdentitiesTests {
    private let start = Instant(seconds: 1_800_000_000)

    private func at(_ seconds: Double) -> Instant { start + Int64(seconds * 1_000_000) }

    private func identity(of user: Int64) -> VerifiedIdentity {
        VerifiedIdentity(
            principal: Principal(kind: .user(UserID(user), .viewer), tenant: TenantID(1)), proof: .accessToken)
    }

    private func remember(
        _ credential: String, of user: Int64 = 1, in remembered: RememberedIdentities, at now: Instant
    ) {
        remembered.remember(
            credential, identity(of: user), now: now, expiresAt: at(900), changes: remembered.changes)
    }

    @Test func whileChangesAreHeardAnEntryIsTrustedUntilItEnds() {
        let remembered = RememberedIdentities()
        remembered.beginListening()
        remember("a", in: remembered, at: start)
        #expect(remembered.find("a", now: at(899)) != nil)
        #expect(remembered.find("a", now: at(900)) == nil)
    }

    @Test func whileNothingIsHeardItIsTrustedForFourSeconds() {
        let remembered = RememberedIdentities()
        remembered.beginListening()
        remember("early", in: remembered, at: start)
        remember("late", in: remembered, at: at(100))
        remembered.endListening()
        #expect(remembered.find("early", now: at(100)) == nil)
        #expect(remembered.find("late", now: at(103.9)) != nil)
        #expect(remembered.find("late", now: at(104)) == nil)
        // What is checked anew is remembered anew, and no longer.
        remember("late", in: remembered, at: at(105))
        #expect(remembered.find("late", now: at(108.9)) != nil)
        #expect(remembered.find("late", now: at(109)) == nil)
    }

    @Test func whenChangesAreHeardAgainEverythingIsForgotten() {
        let remembered = RememberedIdentities()
        remembered.beginListening()
        remembered.endListening()
        remember("a", in: remembered, at: start)
        let before = remembered.changes
        remembered.beginListening()
        #expect(remembered.find("a", now: at(1)) == nil)
        // One whose check began before is not remembered after.
        remembered.remember("b", identity(of: 1), now: at(1), expiresAt: at(900), changes: before)
        #expect(remembered.find("b", now: at(1)) == nil)
        remember("a", in: remembered, at: at(1))
        #expect(remembered.find("a", now: at(800)) != nil)
    }

    @Test func whatWasMissedForgetsAllAndDoesNotMakeDeafEarsHear() {
        let remembered = RememberedIdentities()
        remembered.beginListening()
        remember("a", in: remembered, at: start)
        remembered.endListening()
        remembered.forgetAll()
        #expect(remembered.find("a", now: at(1)) == nil)
        remember("a", in: remembered, at: at(2))
        #expect(remembered.find("a", now: at(5)) != nil)
        #expect(remembered.find("a", now: at(6)) == nil)
    }

    @Test func aRefusalIsRememberedUntilSomethingIsHeardOrAMinute() {
        let remembered = RememberedIdentities()
        remembered.beginListening()
        func refuse(_ credential: String, at now: Instant) {
            remembered.rememberRefusal(credential, .unauthorized, now: now, changes: remembered.changes)
        }
        refuse("a", at: start)
        #expect(remembered.findRefusal("a", now: at(59)) == .unauthorized)
        #expect(remembered.findRefusal("b", now: at(59)) == nil)
        #expect(remembered.findRefusal("a", now: at(60)) == nil)
        refuse("a", at: at(60))
        // Whatever has changed may have made it good.
        remembered.hear("key:new")
        #expect(remembered.findRefusal("a", now: at(60)) == nil)
        let before = remembered.changes
        remembered.hear("user:9")
        remembered.rememberRefusal("a", .unauthorized, now: at(60), changes: before)
        #expect(remembered.findRefusal("a", now: at(60)) == nil)
        refuse("a", at: at(60))
        remembered.endListening()
        #expect(remembered.findRefusal("a", now: at(63.9)) == .unauthorized)
        #expect(remembered.findRefusal("a", now: at(64)) == nil)
    }

    @Test func nobodyIsForgottenForAFloodOfCredentialsThatAreNone() {
        let remembered = RememberedIdentities(capacity: 100)
        remembered.beginListening()
        for number in 0..<100 { remember("good-\(number)", in: remembered, at: start) }
        for number in 0..<10_000 {
            remembered.rememberRefusal("bad-\(number)", .unauthorized, now: at(1), changes: remembered.changes)
        }
        #expect((0..<100).allSatisfy { remembered.find("good-\($0)", now: at(2)) != nil })
        #expect(remembered.counts == (known: 100, refused: 20))
    }

    @Test func whoAsksIsKeptBeforeWhoDoesNot() {
        let remembered = RememberedIdentities(capacity: 100)
        remembered.beginListening()
        for number in 0..<100 { remember("\(number)", in: remembered, at: start) }
        for number in 0..<50 { #expect(remembered.find("\(number)", now: at(1)) != nil) }
        for number in 100..<130 { remember("\(number)", in: remembered, at: at(1)) }
        #expect((0..<50).allSatisfy { remembered.find("\($0)", now: at(2)) != nil })
        #expect(remembered.counts.known == 100)
    }

    @Test func aChangeIsOfWhoItNames() {
        let remembered = RememberedIdentities()
        remembered.beginListening()
        remember("a", of: 1, in: remembered, at: start)
        remember("b", of: 2, in: remembered, at: start)
        remembered.hear("user:1")
        #expect(remembered.find("a", now: at(1)) == nil)
        #expect(remembered.find("b", now: at(1)) != nil)
    }
}
