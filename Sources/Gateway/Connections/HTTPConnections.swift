import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTP2
import NIOSSL
import Shared

/// Makes a connection of each socket that is accepted: bytes to requests by NIO's decoders, answers to bytes by our own
/// handlers.
///
/// Not Hummingbird's channel, whose parts travel through two asynchronous sequences and three conversions of head fields:
/// that alone took as long as the rest of the way to the worker and back.
struct HTTPConnections: Sendable {
    /// Bytes of one read. After each the event loop turns to whatever else there is, so of a body that is refused little
    /// more is read than what it is refused for.
    private static let readBytes = 16 * 1024

    let responder: any HTTPResponder
    let dates: HTTPDates
    let pace: RequestPace
    let proxies: TrustedProxies
    /// Nil where plain HTTP/1.1 is spoken.
    var tls: ServerTLS?

    func setup(channel: any Channel) -> EventLoopFuture<Void> {
        channel.eventLoop.makeCompletedFuture {
            if let options = channel.syncOptions {
                try options.setOption(.maxMessagesPerRead, value: 1)
                try options.setOption(
                    .recvAllocator,
                    value: AdaptiveRecvByteBufferAllocator(minimum: 512, initial: 2_048, maximum: Self.readBytes))
            }
            let pipeline = channel.pipeline.syncOperations
            if let tls {
                let handshake = HandshakeHandler(patience: pace.handshake) { pipeline, agreed in
                    if agreed == CertificateFiles.http2 {
                        try addHTTP2(to: pipeline, of: channel)
                    } else {
                        try addHTTP1(to: pipeline, isTLS: true)
                    }
                }
                try pipeline.addHandlers(NIOSSLServerHandler(context: tls.context), handshake)
            } else {
                try addHTTP1(to: pipeline, isTLS: false)
            }
        }
    }

    private func addHTTP1(to pipeline: ChannelPipeline.SynchronousOperations, isTLS: Bool) throws {
        let connection = HTTPConnectionHandler(
            responder: responder, dates: dates, pace: pace, proxies: proxies, isTLS: isTLS)
        try pipeline.addHandlers([
            ReadWatch(connection),
            ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes)),
            connection,
        ])
    }

    private func addHTTP2(to pipeline: ChannelPipeline.SynchronousOperations, of channel: any Channel) throws {
        let connection = HTTP2ConnectionHandler(pace: pace)
        let bound = NIOLoopBound(connection, eventLoop: channel.eventLoop)
        let peer = ConnectionPeer(channel.remoteAddress, trusting: proxies, isTLS: true)
        let frames = NIOHTTP2Handler(
            mode: .server,
            eventLoop: channel.eventLoop,
            connectionConfiguration: HTTP2Limits.connection,
            streamConfiguration: HTTP2Limits.stream
        ) { stream in
            stream.eventLoop.makeCompletedFuture {
                try stream.pipeline.syncOperations.addHandler(
                    HTTP2StreamHandler(
                        responder: responder, dates: dates, pace: pace, peer: peer, connection: bound.value))
            }
        }
        try pipeline.addHandlers([HTTP2ReadWatch(connection), frames, connection])
    }
}
