import NIOCore
import NIOEmbedded
import NIOHTTP2
import Synchronization
import Testing

@testable import Gateway

/// Counts the streams of a connection.
private final class Opened: Sendable {
    let count = Mutex(0)
}

/// The times of a connection of HTTP/2, on a channel without a socket whose time passes when the test says so.
@Suite struct HTTP2ConnectionTests {
    private static let goAway: UInt8 = 7
    private static let reset: UInt8 = 3
    private static let begin =
        Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + [0, 0, 0, 4, 0, 0, 0, 0, 0]

    private func connect(
        onStream: @escaping @Sendable () -> Void = {}
    ) async throws -> NIOAsyncTestingChannel {
        let channel = try await NIOAsyncTestingChannel { channel in
            let connection = HTTP2ConnectionHandler(pace: RequestPace())
            let frames = NIOHTTP2Handler(
                mode: .server, eventLoop: channel.eventLoop, connectionConfiguration: HTTP2Limits.connection,
                streamConfiguration: HTTP2Limits.stream
            ) { stream in
                onStream()
                return stream.eventLoop.makeSucceededVoidFuture()
            }
            try channel.pipeline.syncOperations.addHandlers([HTTP2ReadWatch(connection), frames, connection])
        }
        try await channel.connect(to: SocketAddress(unixDomainSocketPath: "/nowhere"))
        return channel
    }

    /// The kinds of the frames that were written.
    private func frames(_ channel: NIOAsyncTestingChannel) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        while case .byteBuffer(let part)? = try await channel.readOutbound(as: IOData.self) {
            bytes += Array(part.readableBytesView)
        }
        var kinds: [UInt8] = []
        while bytes.count >= 9 {
            kinds.append(bytes[3])
            bytes.removeFirst(min(bytes.count, 9 + Int(bytes[0]) << 16 + Int(bytes[1]) << 8 + Int(bytes[2])))
        }
        return kinds
    }

    @Test func aConnectionThatNobodyUsesEnds() async throws {
        let channel = try await connect()
        try await channel.writeInbound(ByteBuffer(bytes: Self.begin))
        await channel.testingEventLoop.advanceTime(by: .seconds(74))
        #expect(try await !frames(channel).contains(Self.goAway) && channel.isActive)
        await channel.testingEventLoop.advanceTime(by: .seconds(2))
        #expect(try await frames(channel).contains(Self.goAway))
        // Also when the client does not answer the ping.
        await channel.testingEventLoop.advanceTime(by: .seconds(4))
        #expect(!channel.isActive)
    }

    @Test(arguments: [
        [UInt8](), Array(begin.prefix(10)), begin + [0, 0, 9, 1], begin + [0, 0, 1, 1, 1, 0, 0, 0, 1, 0x82],
    ])
    func whatDoesNotComeWholeEndsTheConnection(_ bytes: [UInt8]) async throws {
        let channel = try await connect()
        if !bytes.isEmpty { try await channel.writeInbound(ByteBuffer(bytes: bytes)) }
        await channel.testingEventLoop.advanceTime(by: .milliseconds(8_900))
        #expect(try await !frames(channel).contains(Self.goAway) && channel.isActive)
        await channel.testingEventLoop.advanceTime(by: .seconds(3))
        #expect(!channel.isActive)
    }

    /// What the client sent before it heard that the gateway ends is served, also when nothing else was under way.
    @Test func aRequestThatCrossesTheWarningIsTaken() async throws {
        let opened = Opened()
        let channel = try await connect { opened.count.withLock { $0 += 1 } }
        try await channel.writeInbound(ByteBuffer(bytes: Self.begin))
        channel.pipeline.fireUserInboundEventTriggered(LastRequestEvent())
        await channel.testingEventLoop.run()
        #expect(try await frames(channel).contains(Self.goAway) && channel.isActive)
        #expect(opened.count.withLock { $0 } == 0)
        try await channel.writeInbound(ByteBuffer(bytes: [0, 0, 3, 1, 5, 0, 0, 0, 1, 0x82, 0x87, 0x84]))
        await channel.testingEventLoop.run()
        #expect(try await !frames(channel).contains(Self.reset))
        #expect(opened.count.withLock { $0 } == 1)
    }

    /// Where only the connection ends the client is to ask on another one.
    @Test func aRequestThatCrossesTheEndOfAnIdleConnectionIsRefusedUnprocessed() async throws {
        let opened = Opened()
        let channel = try await connect { opened.count.withLock { $0 += 1 } }
        try await channel.writeInbound(ByteBuffer(bytes: Self.begin))
        await channel.testingEventLoop.advanceTime(by: .milliseconds(75_500))
        #expect(try await frames(channel).contains(Self.goAway) && channel.isActive)
        try await channel.writeInbound(ByteBuffer(bytes: [0, 0, 3, 1, 5, 0, 0, 0, 1, 0x82, 0x87, 0x84]))
        await channel.testingEventLoop.run()
        #expect(try await frames(channel).contains(Self.reset))
        #expect(opened.count.withLock { $0 } == 0)
    }
}
