package import NIOCore
package import Shared

/// A request as a worker receives it.
package struct IncomingRequest: Sendable {
    package var head: RequestHead
    /// After it nobody waits for the answer any more; of a streamed body it is not known before the body's end.
    package var deadline: ContinuousClock.Instant
    /// The typed part of the call, still encoded.
    package var call: ByteBuffer
    /// The client's bytes; of a streamed body none.
    package var body: ByteBuffer
    /// The client's bytes as they come, of a call that streams its body.
    package var parts: RequestBodyStream?

    /// Decodes the typed part.
    ///
    /// - Throws: what is wrong with the bytes; a gateway of the same version never sends such.
    package func decode<Call: WorkerCall>(_ type: Call.Type = Call.self) throws(WireError) -> Call {
        var bytes = call
        let decoded = try Call(from: &bytes)
        try bytes.expectWireEnd()
        return decoded
    }
}

/// The parts of a request's body in the order they were sent. Reading it gives the gateway credit to send more, so a
/// worker that is behind slows the sender and fills no memory. It throws `CancellationError` when the body broke off.
package struct RequestBodyStream: AsyncSequence, Sendable {
    package typealias Element = ByteBuffer
    package typealias Sequence = NIOThrowingAsyncSequenceProducer<
        ByteBuffer, any Error, NIOAsyncSequenceProducerBackPressureStrategies.HighLowWatermark, RequestBodyDelegate
    >

    let sequence: Sequence

    package func makeAsyncIterator() -> Sequence.AsyncIterator {
        sequence.makeAsyncIterator()
    }
}

/// Tells the connection when a body's reader wants more.
package struct RequestBodyDelegate: NIOAsyncSequenceProducerDelegate {
    let connection: NIOLoopBound<ServerConnectionHandler>
    let eventLoop: any EventLoop
    let stream: UInt32

    package func produceMore() {
        let (connection, stream) = (connection, stream)
        eventLoop.execute { connection.value.resumeBody(stream) }
    }

    package func didTerminate() {}
}

/// What a worker answers.
package enum Answer: Sendable {
    case whole(ReplyHead, ByteBuffer)
    /// A body that is written bit by bit, until the closure returns or its task is cancelled.
    case streaming(ReplyHead, @Sendable (ReplyBodyWriter) async throws -> Void)
    case fault(Fault)
}

/// Answers the requests of a connection.
package protocol RequestResponder: Sendable {
    /// Answers at once what needs no waiting; nil for everything else. Called on the event loop: it must not block.
    func answerAtOnce(_ request: IncomingRequest) -> Answer?

    /// Answers a request. Its task is cancelled when the gateway no longer waits.
    func answer(_ request: IncomingRequest) async -> Answer
}

/// Writes the parts of a streaming answer, as fast as the gateway takes them.
package struct ReplyBodyWriter: Sendable {
    private let connection: NIOLoopBound<ServerConnectionHandler>
    private let eventLoop: any EventLoop
    private let stream: UInt32

    init(connection: ServerConnectionHandler, eventLoop: any EventLoop, stream: UInt32) {
        self.connection = NIOLoopBound(connection, eventLoop: eventLoop)
        self.eventLoop = eventLoop
        self.stream = stream
    }

    /// Sends a part, waiting while the gateway gives no credit.
    ///
    /// - Throws: `CancellationError` when nobody reads the answer any more, or the task was cancelled; then it is cut off.
    package func write(_ bytes: ByteBuffer) async throws {
        let isWritten: Bool = await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                let write = { @Sendable in
                    connection.value.writePart(bytes, of: stream) { continuation.resume(returning: $0) }
                }
                if eventLoop.inEventLoop { write() } else { eventLoop.execute(write) }
            }
        } onCancel: {
            eventLoop.execute { connection.value.giveUp(stream) }
        }
        if !isWritten { throw CancellationError() }
    }
}
