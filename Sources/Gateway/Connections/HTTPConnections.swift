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
    struct Value: ServerChildChannelValue {
        let channel: any Channel
    }

    let responder: any HTTPResponder
    let dates: HTTPDates
    let pace: RequestPace
    let proxies: TrustedProxies

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
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
