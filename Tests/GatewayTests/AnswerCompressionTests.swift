import HTTPTypes
import NIOCore
import NIOHTTP1
import Testing

@testable import Gateway

/// What compressing does to an answer's head, and where requests below a path lead.
@Suite struct AnswerCompressionTests {
    private func route(_ template: String) -> Route {
        Route(.get, template, "For the test", .unlisted("For the test."), .open { _ in Response(status: .ok) })
    }

    private func request(_ target: String = "/", accepting coding: String = "gzip") throws -> Request {
        let head = HTTPRequestHead(
            version: .http1_1, method: .GET, uri: target, headers: ["host": "a", "accept-encoding": coding])
        let peer = ConnectionPeer(nil, trusting: .none, isTLS: false)
        return try #require(Request(head, body: .whole(ByteBuffer()), from: peer))
    }

    private let answer = Response(
        status: .ok, headers: [.contentType: "application/json", .eTag: "\"x\"", .vary: "Accept"],
        body: ResponseBody(byteBuffer: ByteBuffer(string: String(repeating: "[1, 2, 3]", count: 500))))

    @Test func aTagBecomesWeakWithTheBytes() async throws {
        let compression = AnswerCompression([route("/api/v1/kpis"), route("/auth/me")])
        let coded = await compression.apply(to: answer, of: try request(), route: 0)
        #expect(coded.headers[.eTag] == "W/\"x\"")
        #expect(coded.headers[.contentEncoding] == "gzip")
        #expect(coded.headers[.vary] == "Accept, Accept-Encoding")
        let plain = await compression.apply(to: answer, of: try request(accepting: "identity"), route: 0)
        #expect(plain.headers[.eTag] == "\"x\"" && plain.headers[.contentEncoding] == nil)
        #expect(plain.headers[.vary] == "Accept, Accept-Encoding")
        for route in [1, nil] {
            let other = await compression.apply(to: answer, of: try request(), route: route)
            #expect(other.headers == answer.headers)
        }
    }

    @Test(arguments: [
        ("/camet", "/", "/"), ("/camet/", "/", "/"), ("/camet/a/b?c=/d", "/a/b?c=/d", "/a/b"), ("/camet?x", "/?x", "/"),
        ("http://host/camet/a?b", "/a?b", "/a"), ("/cametx/a", "", ""), ("/", "", ""), ("/a/camet/b", "", ""),
        ("/camet//a", "//a", "//a"),
    ])
    func aTargetBelowAPathIsWhatFollowsIt(_ target: String, _ string: String, _ path: String) throws {
        let below = try request(target).below("/camet")
        #expect(below.uri.string == string && below.uri.path == path && below.base == "/camet")
        #expect(try request(target).below("").uri.string == target)
    }
}
