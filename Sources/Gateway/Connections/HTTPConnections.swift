import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import Shared

/// Makes a connection of each socket that is accepted: bytes to requests by NIO's decoder, answers to bytes by our own
/// handler.
///
/// Not Hummingbird's channel, whose parts travel through two asynchronous sequences and three conversions of head fields:
/// that alone took as long as the rest of the way to the worker and back.
struct HTTPConnections: ServerChildChannel {
    /// Bytes of one read. After each the event loop turns to whatever else there is, so of a body that is refused little
    /// more is read than what it is refused for.
    private static let readBytes = 16 * 1024

    struct Value: ServerChildChannelValue {
        let channel: any Channel
    }

    let responder: any HTTPResponder
    let dates: HTTPDates
    let pace: RequestPace
    let proxies: TrustedProxies

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            if let options = channel.syncOptions {
                try options.setOption(.maxMessagesPerRead, value: 1)
                try options.setOption(
                    .recvAllocator,
                    value: AdaptiveRecvByteBufferAllocator(minimum: 512, initial: 2_048, maximum: Self.readBytes))
            }
            let connection = HTTPConnectionHandler(
                responder: responder, dates: dates, pace: pace, proxies: proxies)
            try channel.pipeline.syncOperations.addHandlers([
                ReadWatch(connection),
                ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes)),
                connection,
            ])
            return Value(channel: channel)
        }
    }

    func handle(value: Value, logger: Logger) async {
        try? await value.channel.closeFuture.get()
    }
}
