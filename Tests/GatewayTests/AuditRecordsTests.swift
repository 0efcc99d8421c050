import NIOCore
import Shared
import Testing

@testable import Gateway

@Suite struct RefusalCountsTests {
    private func refusal(
        actor: String = "user:1", object: String = "route:GET /", tenant: Int64? = 1, address: String = "192.0.2.1"
    ) -> Refusal {
        Refusal(
            tenant: tenant.map { TenantID($0) }, actor: actor, action: "request.refused", object: object,
            reason: "forbidden",
            caller: InsertAuditEntry.Caller(address: ClientAddress(address), requestID: nil))
    }

    @Test func theFirstIsToldAtOnceAndTheOthersOnceTheMinuteIsOver() throws {
        var counts = RefusalCounts()
        #expect(counts.note(refusal(), now: 0)?.detail == #"{"reason":"forbidden"}"#)
        for second in 1...50 { #expect(counts.note(refusal(), now: Int64(second) * 1_000_000) == nil) }
        #expect(counts.takeDue(now: 59_999_999).isEmpty)
        let due = counts.takeDue(now: 60_000_000)
        #expect(due.map(\.detail) == [#"{"reason":"forbidden","repeats":50}"#])
        #expect(due.map(\.object) == ["route:GET /"])
        #expect(counts.note(refusal(), now: 60_000_000) != nil)
    }

    @Test func oneThatStaysAloneIsToldOnce() {
        var counts = RefusalCounts()
        #expect(counts.note(refusal(), now: 0) != nil)
        #expect(counts.takeDue(now: 60_000_000).isEmpty)
    }

    @Test func actorsObjectsAndAddressesOfNobodyAreToldApart() {
        var counts = RefusalCounts()
        #expect(counts.note(refusal(), now: 0) != nil)
        #expect(counts.note(refusal(actor: "user:2"), now: 0) != nil)
        #expect(counts.note(refusal(object: "route:GET /other"), now: 0) != nil)
        #expect(counts.note(refusal(address: "192.0.2.2"), now: 0) == nil)
        #expect(counts.note(refusal(actor: "anonymous"), now: 0) != nil)
        #expect(counts.note(refusal(actor: "anonymous", address: "192.0.2.2"), now: 0) != nil)
        #expect(counts.note(refusal(actor: "anonymous", address: "192.0.2.2"), now: 0) == nil)
    }

    @Test func nobodyFillsTheLogNorHidesTheRefusalsOfAnotherTenant() {
        var counts = RefusalCounts()
        let told = (0..<10_000).filter { counts.note(refusal(object: "route:\($0)"), now: 0) != nil }
        #expect(told.count == RefusalCounts.mostOfTenant)
        #expect(counts.note(refusal(tenant: 2), now: 0) != nil)
        let due = counts.takeDue(now: 60_000_000)
        #expect(due.map(\.detail) == [#"{"reason":"too_many_to_tell_apart","repeats":9970}"#])
        #expect(due.map(\.tenant) == [TenantID(1)])
        #expect(counts.note(refusal(object: "route:new"), now: 60_000_000) != nil)
    }
}

@Suite struct AskedQueriesTests {
    private func query(_ text: String) -> AskedQuery {
        AskedQuery(user: UserID(1), tenant: TenantID(1), route: "GET /api/v1/kpis", query: text)
    }

    @Test func equalQuestionsAreCountedTogetherFromTheFirst() throws {
        var asked = AskedQueries()
        for second in 1...3 {
            asked.note(query("a"), at: Instant(seconds: Int64(second)), microseconds: 10, answerBytes: Int64(second))
        }
        asked.note(query("b"), at: Instant(seconds: 9), microseconds: 10, answerBytes: nil)
        #expect(asked.counts.count == 2)
        let count = try #require(asked.counts[query("a")])
        #expect(count.firstAt == Instant(seconds: 1))
        #expect((count.times, count.microseconds) == (3, 30))
        #expect(count.answerBytes == 3)
    }

    @Test func memoryIsBoundedAndWhatIsLostIsCounted() {
        var asked = AskedQueries()
        for number in 0..<(AskedQueries.most + 5) {
            asked.note(query("\(number)"), at: Instant(seconds: 1), microseconds: 1, answerBytes: nil)
        }
        asked.note(query("0"), at: Instant(seconds: 2), microseconds: 1, answerBytes: nil)
        #expect(asked.counts.count == AskedQueries.most)
        #expect(asked.lost == 5)
        #expect(query(String(repeating: "é", count: 3_000)).query.unicodeScalars.count == AskedQuery.longest)
    }
}

@Suite struct AuditedBodyTests {
    private func kept(_ body: String) -> String {
        var json = JSONWriter()
        json.object { AuditedBody.write(ByteBuffer(string: body), to: &$0) }
        return String(decoding: json.bytes, as: UTF8.self)
    }

    @Test func secretsAreHiddenWhereverTheyStand() {
        #expect(kept(#"{"name":"x","url":"y"}"#) == #"{"body":{"name":"x","url":"y"}}"#)
        #expect(
            kept(#"{"new_password":"p","list":[{"Webhook_Secret":{"a":1},"ok":[1,null]}]}"#)
                == #"{"body":{"new_password":"[secret]","list":[{"Webhook_Secret":"[secret]","ok":[1,null]}]}}"#)
        #expect(kept("") == "{}")
    }

    @Test func aLongBodyIsKeptAsItsFieldsAndAFingerprint() {
        let long = String(repeating: "x", count: AuditedBody.longest)
        let text = kept(#"{"reason":"\#(long)","password":"p"}"#)
        #expect(text.hasPrefix(#"{"body_fields":["reason","password"],"body_bytes":8220,"body_sha256":""#))
        #expect(text.utf8.count < 200)
    }
}
