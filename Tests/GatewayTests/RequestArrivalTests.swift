import NIOCore
import NIOHTTP1
import Testing

@testable import Gateway

@Suite struct RequestArrivalTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

    private func at(_ seconds: Int64) -> NIODeadline { start + .seconds(seconds) }

    private func connected() -> RequestArrival { RequestArrival(pace: RequestPace(), at: start) }

    @Test func aConnectionWithoutAByteIsClosedWithoutAnAnswer() {
        var arrival = connected()
        #expect(arrival.due == at(9))
        #expect(arrival.expire(at: at(8)) == .nothing)
        #expect(arrival.expire(at: at(9)) == .close)
        #expect(arrival.isOver)
    }

    @Test func aHeadHasOneDeadlineWhateverComesOfIt() {
        var arrival = connected()
        for second in 0...8 {
            arrival.readEnded(at: at(Int64(second)))
            #expect(arrival.expire(at: at(Int64(second))) == .nothing)
        }
        #expect(arrival.due == at(9))
        #expect(arrival.expire(at: at(9)) == .refuse)
    }

    @Test func aRequestInOneReadHasNoDeadline() {
        var arrival = connected()
        arrival.headCame()
        arrival.endCame()
        arrival.readEnded(at: at(1))
        #expect(arrival.due == nil)
        #expect(arrival.unanswered == 1)
        arrival.answerEnded(at: at(100))
        #expect(arrival.due == nil)
        #expect(arrival.expire(at: at(1_000)) == .nothing)
    }

    @Test func aNextHeadIsTimedFromItsFirstByteOrTheAnswerBefore() {
        var arrival = connected()
        arrival.headCame()
        arrival.endCame()
        arrival.readEnded(at: at(1))
        arrival.readEnded(at: at(2))
        #expect(arrival.due == nil)
        arrival.answerEnded(at: at(20))
        #expect(arrival.due == at(29))
        #expect(arrival.expire(at: at(29)) == .refuse)
    }

    @Test func aHeadThatBeginsInTheReadOfAnotherIsTimed() {
        var arrival = connected()
        arrival.headCame()
        arrival.endCame()
        arrival.readEnded(isInHead: true, at: at(1))
        #expect(arrival.due == nil)
        arrival.answerEnded(at: at(2))
        #expect(arrival.expire(at: at(10)) == .nothing)
        #expect(arrival.expire(at: at(11)) == .refuse)
    }

    @Test func aSlowBodyIsToldToWhoReadsIt() {
        var arrival = connected()
        arrival.headCame()
        arrival.readEnded(at: start)
        #expect(arrival.due == at(10))
        for second in 1...9 {
            arrival.bodyCame(1_000)
            arrival.readEnded(at: at(Int64(second)))
        }
        #expect(arrival.expire(at: at(10)) == .tell)
        #expect(arrival.isOver)
    }

    @Test func aBodyOfEnoughSpeedIsTakenForItsWholeTime() {
        var arrival = connected()
        arrival.headCame()
        arrival.readEnded(at: start)
        for window in 1...2 {
            arrival.bodyCame(10 * 1024)
            #expect(arrival.expire(at: at(Int64(window) * 10)) == .nothing)
        }
        arrival.bodyCame(1 << 20)
        #expect(arrival.due == at(30))
        #expect(arrival.expire(at: at(30)) == .tell)
        // The control: the same body whose end comes in time.
        var timely = connected()
        timely.headCame()
        timely.readEnded(at: start)
        timely.bodyCame(10 * 1024)
        #expect(timely.expire(at: at(10)) == .nothing)
        timely.endCame()
        timely.readEnded(at: at(19))
        #expect(timely.due == nil)
    }

    @Test func theRestOfABodyThatWasAnsweredIsClosedWithoutAnother() {
        var arrival = connected()
        arrival.headCame()
        arrival.readEnded(at: start)
        arrival.answerEnded(at: at(1))
        #expect(arrival.expire(at: at(10)) == .close)
    }

    @Test func aBodyIsHurriedWhenTheGatewayEnds() {
        var arrival = connected()
        arrival.headCame()
        arrival.readEnded(at: start)
        arrival.bodyCame(1 << 20)
        arrival.quiesce(at: at(1))
        #expect(arrival.due == at(6))
        #expect(arrival.expire(at: at(6)) == .tell)
    }
}

@Suite struct RequestHeadRulesTests {
    private func rules(
        _ fields: [(String, String)], method: HTTPMethod = .POST, version: HTTPVersion = .http1_1
    ) -> RequestHeadRules {
        RequestHeadRules(HTTPRequestHead(version: version, method: method, uri: "/", headers: HTTPHeaders(fields)))
    }

    @Test func oneHostAndOneLengthAreKept() {
        #expect(rules([("Host", "a")]).isKept)
        #expect(rules([("hOST", "a"), ("Content-Length", "2")]).isKept)
        #expect(rules([("Host", "a"), ("transfer-ENCODING", "CHUNKED")]).isKept)
        #expect(rules([], version: .http1_0).isKept)
    }

    @Test(arguments: [
        "plant.example", "PLANT-2.example:8443", "192.0.2.1", "192.0.2.1:80", "[2001:db8::1]", "[::1]:8080", "a_b",
        "a:",
        "caf%C3%A9.example",
    ])
    func aHostIsKept(_ host: String) {
        #expect(rules([("Host", host)]).isKept)
        #expect(rules([("Host", host)], version: .http1_0).isKept)
    }

    @Test(arguments: [
        "", " ", "a b", "a/b", "a b/<c>", "a@b", "a,b", "a\"", "a?b", "a#b", ":80", "a:b", "a:80:80", "[]", "[::1",
        "[::1]a",
        "[a b]", "::1", "café",
    ])
    func whatIsNoHostIsNotKept(_ host: String) {
        #expect(!rules([("Host", host)]).isKept)
        #expect(!rules([("Host", host)], version: .http1_0).isKept)
    }

    @Test(arguments: [
        [], [("Host", "a"), ("Host", "a")], [("Host", "a"), ("Content-Length", "2"), ("content-length", "2")],
        [("Host", "a"), ("Content-Length", "2"), ("Transfer-Encoding", "chunked")],
        [("Host", "a"), ("Transfer-Encoding", "gzip, chunked")], [("Host", "a"), ("Transfer-Encoding", "identity")],
        [("Host", "a"), ("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "chunked")],
        [("Host", "a"), ("Transfer-Encoding", "\u{0B}chunked")],
    ])
    func whatCanBeReadInTwoWaysIsNotKept(_ fields: [(String, String)]) {
        #expect(!rules(fields).isKept)
    }

    @Test func olderAndNewerVersionsAreRead() {
        #expect(!rules([("Transfer-Encoding", "chunked")], version: .http1_0).isKept)
        #expect(!rules([("Host", "a")], version: HTTPVersion(major: 2, minor: 0)).isKept)
        #expect(!rules([("Host", "a")], version: .http0_9).isKept)
    }

    @Test func nothingIsReadAfterTheLast() {
        #expect(!rules([("Host", "a")]).isLast)
        #expect(rules([("Host", "a"), ("Upgrade", "h2c")]).isLast)
        #expect(rules([("Host", "a"), ("Connection", "close")]).isLast)
        #expect(rules([("Host", "a")], method: .CONNECT).isLast)
        #expect(rules([], version: .http1_0).isLast)
    }
}
