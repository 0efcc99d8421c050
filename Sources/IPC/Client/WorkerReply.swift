package import NIOCore

/// A worker's answer: its head and its body, whole or still arriving.
package struct WorkerReply: Sendable {
    package enum Body: Sendable {
        case whole(ByteBuffer)
        case arriving(ReplyBodyStream)
    }

    package var head: ReplyHead
    package var body: Body
}

/// The parts of a body in the order they were sent. Reading it gives the worker credit to send more, so a slow reader
/// slows its worker and nothing else. Ending the iteration early cancels the request.
package struct ReplyBodyStream: AsyncSequence, Sendable {
    package typealias Element = ByteBuffer
    package typealias Sequence = NIOThrowingAsyncSequenceProducer<
        ByteBuffer, any Error, NIOAsyncSequenceProducerBackPressureStrategies.HighLowWatermark, ReplyBodyDelegate
    >

    let sequence: Sequence

    package func makeAsyncIterator() -> Sequence.AsyncIterator {
        sequence.makeAsyncIterator()
    }
}

/// Tells the connection when a body's reader wants more, or has gone.
package struct ReplyBodyDelegate: NIOAsyncSequenceProducerDelegate {
    let connection: WorkerConnection
    let stream: UInt32

    package func produceMore() {
        connection.resumeBody(stream)
    }

    package func didTerminate() {
        connection.abandon(stream)
    }
}
