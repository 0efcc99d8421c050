import HTTPTypes
import NIOCore
import NIOEmbedded
import Shared
import Testing

@testable import Gateway

/// A connection on a channel without a socket, whose time passes when the test says so.
@Suite struct HTTPConnectionTests {
    /// Reads the whole of each request and answers 200, or 408 when it does not come.
    private struct Responder: HTTPResponder {
        func answer(_ request: Request) async -> Answer {
            do {
                if case .arriving(let parts) = request.body {
                    for try await _ in parts {}
                }
                return answer(.ok, closesConnection: false)
            } catch {
                return answer(.requestTimeout, closesConnection: true)
            }
        }

        func refusal(_ code: FaultCode, _ fields: RequestFields?, from client: ClientAddress) -> Answer {
            answer(code.status, closesConnection: true)
        }

        private func answer(_ status: HTTPResponse.Status, closesConnection: Bool) -> Answer {
            Answer(
                response: Response(status: status), requestID: "x", microseconds: 0, pageNonce: nil,
                closesConnection: closesConnection)
        }
    }

    private static let head = "POST / HTTP/1.1\r\nHost: a\r\n"
    private static let withLength = head + "Content-Length: 6\r\n\r\n{\r\n\r\n}"
    private static let withChunks = head + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
    private static let without = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

    private func connect() async throws -> NIOAsyncTestingChannel {
        let connections = HTTPConnections(
            responder: Responder(), dates: HTTPDates(clock: { Instant(seconds: 0) }), pace: RequestPace(),
            proxies: .none)
        let channel = try await NIOAsyncTestingChannel { channel in
            _ = connections.setup(channel: channel)
        }
        try await channel.connect(to: SocketAddress(unixDomainSocketPath: "/nowhere"))
        return channel
    }

    private func status(_ channel: NIOAsyncTestingChannel) async throws -> String {
        let answer = try await channel.waitForOutboundWrite(as: ByteBuffer.self)
        return String(String(buffer: answer).dropFirst("HTTP/1.1 ".count).prefix(3))
    }

    private func nothingIsSaid(_ channel: NIOAsyncTestingChannel) async throws -> Bool {
        try await channel.readOutbound(as: ByteBuffer.self) == nil
    }

    static let requests = [without, withLength, withChunks]
    static let pairs = requests.flatMap { first in requests.map { (first, $0) } }

    @Test(arguments: requests, ["G", "GET / HTTP/1.1\r\n", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n"])
    func aHeadThatBeginsBehindARequestIsTimed(_ request: String, _ begun: String) async throws {
        let channel = try await connect()
        try await channel.writeInbound(ByteBuffer(string: request + begun))
        #expect(try await status(channel) == "200")
        await channel.testingEventLoop.advanceTime(by: .milliseconds(8_900))
        #expect(try await nothingIsSaid(channel))
        await channel.testingEventLoop.advanceTime(by: .milliseconds(200))
        #expect(try await status(channel) == "408")
        await channel.testingEventLoop.advanceTime(by: .seconds(3))
        #expect(!channel.isActive)
    }

    @Test(arguments: requests, ["", "\r\n"])
    func aConnectionThatSentWholeRequestsIsKept(_ request: String, _ behind: String) async throws {
        let bytes = Array((request + behind).utf8)
        // An empty line in a read of its own is taken for the beginning of a head.
        for cut in 0..<request.utf8.count {
            let channel = try await connect()
            for part in [bytes[..<cut], bytes[cut...]] where !part.isEmpty {
                try await channel.writeInbound(ByteBuffer(bytes: part))
            }
            #expect(try await status(channel) == "200", "cut at \(cut)")
            await channel.testingEventLoop.advanceTime(by: .seconds(60))
            #expect(try await nothingIsSaid(channel) && channel.isActive, "cut at \(cut)")
            try await channel.writeInbound(ByteBuffer(string: request))
            #expect(try await status(channel) == "200")
            await channel.testingEventLoop.advanceTime(by: .seconds(160))
            #expect(try await nothingIsSaid(channel) && !channel.isActive, "cut at \(cut)")
        }
    }

    /// Two requests and the beginning of a third, cut into two reads at every place.
    @Test(arguments: pairs) func whereverReadsAreCutTheNextHeadIsTimed(_ first: String, _ second: String) async throws {
        let bytes = Array((first + second + "GET /next HTTP/1.1\r\n").utf8)
        for cut in 0..<bytes.count {
            let channel = try await connect()
            for part in [bytes[..<cut], bytes[cut...]] where !part.isEmpty {
                try await channel.writeInbound(ByteBuffer(bytes: part))
            }
            #expect(try await [status(channel), status(channel)] == ["200", "200"], "cut at \(cut)")
            await channel.testingEventLoop.advanceTime(by: .milliseconds(9_100))
            #expect(try await status(channel) == "408", "cut at \(cut)")
        }
    }

    @Test(arguments: pairs) func whereverReadsAreCutAHeadInTimeIsServed(_ first: String, _ second: String) async throws
    {
        let bytes = Array((first + second).utf8)
        for cut in 0..<bytes.count {
            let channel = try await connect()
            for part in [bytes[..<cut], bytes[cut...]] where !part.isEmpty {
                try await channel.writeInbound(ByteBuffer(bytes: part))
                await channel.testingEventLoop.advanceTime(by: .seconds(4))
            }
            #expect(try await [status(channel), status(channel)] == ["200", "200"], "cut at \(cut)")
        }
    }

    /// Chunks of the sizes given, each with an extension of that many bytes, and so many bytes of fields behind the last.
    private func chunked(_ sizes: [Int], extensions: Int = 0, trailers: Int = 0) -> String {
        let added = extensions > 0 ? ";" + String(repeating: "e", count: extensions - 1) : ""
        let chunks = sizes.map { size in
            "\(String(size, radix: 16))\(added)\r\n\(String(repeating: "x", count: size))\r\n"
        }
        let fields = trailers > 0 ? "X: \(String(repeating: "t", count: trailers - 5))\r\n" : ""
        return Self.head + "Transfer-Encoding: chunked\r\n\r\n" + chunks.joined() + "0\r\n" + fields + "\r\n"
    }

    /// The answer to bytes that come in reads of 4 KiB.
    private func status(of request: String) async throws -> String {
        let channel = try await connect()
        var bytes = ByteBuffer(string: request)
        while let part = bytes.readSlice(length: min(4_096, max(1, bytes.readableBytes))) {
            try await channel.writeInbound(part)
        }
        return try await status(channel)
    }

    @Test func whatWrapsABodyIsBounded() async throws {
        // A byte in each chunk is odd and allowed, as are extensions and fields behind the body, of a length.
        for kept in [
            chunked(Array(repeating: 1, count: 20_000)), chunked([10, 10], extensions: 7_000),
            chunked([10], trailers: 15_000), chunked(Array(repeating: 1_000, count: 30), extensions: 500),
        ] { #expect(try await status(of: kept) == "200") }
        for refused in [
            chunked([10, 10, 10, 10], extensions: 7_000), chunked([10], trailers: 30_000),
            chunked(Array(repeating: 1, count: 20_000), extensions: 20),
        ] { #expect(try await status(of: refused) == "408") }
        // Nothing of one request is held against the next.
        let channel = try await connect()
        for _ in 0..<5 {
            try await channel.writeInbound(ByteBuffer(string: chunked([10], trailers: 10_000)))
            #expect(try await status(channel) == "200")
        }
    }
}
