import NIOCore

/// Hands the parts of a body from where it comes to whoever reads it, and stops the connection from reading more than the
/// reader takes. Used on the connection's event loop only.
struct RequestBodyFeed {
    typealias Sequence = NIOThrowingAsyncSequenceProducer<
        ByteBuffer, any Error, NIOAsyncSequenceProducerBackPressureStrategies.HighLowWatermark, Delegate
    >

    /// The reader's end.
    struct Parts: AsyncSequence, Sendable {
        typealias Element = ByteBuffer

        let sequence: Sequence
        fileprivate let delegate: Delegate

        /// The body may take as long as it keeps the pace of a stream.
        func beginStream() {
            delegate.onLoop { $0.bodyIsStream() }
        }

        func makeAsyncIterator() -> Sequence.AsyncIterator {
            sequence.makeAsyncIterator()
        }
    }

    /// Lets the connection read on when the reader has taken what there was.
    struct Delegate: NIOAsyncSequenceProducerDelegate {
        let handler: NIOLoopBound<any RequestOrigin>
        let eventLoop: any EventLoop

        func produceMore() {
            onLoop { $0.bodyIsWanted() }
        }

        func didTerminate() {
            onLoop { $0.bodyIsWanted() }
        }

        fileprivate func onLoop(_ body: @escaping @Sendable (any RequestOrigin) -> Void) {
            let handler = handler
            eventLoop.execute { body(handler.value) }
        }
    }

    private let source: Sequence.Source
    let parts: Parts
    /// Whether the reader has enough for now.
    private(set) var isFull = false

    init(_ handler: any RequestOrigin, on eventLoop: any EventLoop) {
        let delegate = Delegate(handler: NIOLoopBound(handler, eventLoop: eventLoop), eventLoop: eventLoop)
        let producer = Sequence.makeSequence(
            elementType: ByteBuffer.self,
            failureType: (any Error).self,
            backPressureStrategy: .init(lowWatermark: 2, highWatermark: 8),
            finishOnDeinit: true,
            delegate: delegate
        )
        source = producer.source
        parts = Parts(sequence: producer.sequence, delegate: delegate)
    }

    mutating func give(_ bytes: ByteBuffer) {
        switch source.yield(bytes) {
        case .stopProducing: isFull = true
        case .produceMore, .dropped: isFull = false
        }
    }

    mutating func wantsMore() {
        isFull = false
    }

    func finish() {
        source.finish()
    }

    func fail(_ error: any Error) {
        source.finish(error)
    }
}
