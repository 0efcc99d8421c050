package import NIOCore
package import Shared
import Synchronization

/// Why a call got no answer from its worker.
package enum CallFailure: Error, Equatable, Sendable {
    /// The worker answered that it will not or cannot.
    case fault(Fault)
    /// The deadline passed before an answer came.
    case deadlineExceeded
    /// The caller no longer waits.
    case cancelled
    /// The connection ended after the request may have reached the worker.
    case connectionLost
    /// The connection was closed or closing before the request was sent; the worker has not begun with it.
    case notSent
}

/// One long-lived connection from one event loop of the gateway to one worker, shared by many requests.
///
/// Safe to use from anywhere; cheapest on its own event loop, where no thread is woken.
package struct WorkerConnection: Sendable {
    package let eventLoop: any EventLoop
    private let channel: any Channel
    private let handler: NIOLoopBound<WorkerConnectionHandler>

    init(channel: any Channel, handler: WorkerConnectionHandler) {
        self.channel = channel
        self.eventLoop = channel.eventLoop
        self.retired = handler.retired.futureResult
        self.handler = NIOLoopBound(handler, eventLoop: channel.eventLoop)
    }

    /// Completes when the connection has ended.
    package var closed: EventLoopFuture<Void> { channel.closeFuture }

    /// Completes when the connection takes no further requests, with the reason; those in flight may still be answered.
    package let retired: EventLoopFuture<ConnectionRetirement>

    package func close() {
        channel.close(promise: nil)
    }

    /// Sends one request and waits for its answer.
    ///
    /// - Parameters:
    ///   - body: the client's bytes, sent as they are, in parts as the worker takes them.
    ///   - deadline: after it the call fails and the worker is told to stop.
    package func send<Call: WorkerCall>(
        _ call: Call,
        principal: Principal,
        requestID: String,
        deadline: NIODeadline,
        body: ByteBuffer = ByteBuffer()
    ) async throws(CallFailure) -> WorkerReply {
        let key = CancellationKey()
        let outcome: Result<WorkerReply, CallFailure> = await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                onLoop { handler in
                    handler.start(
                        call,
                        principal: principal,
                        requestID: requestID,
                        patience: .until(deadline),
                        body: body,
                        key: key,
                        answer: { continuation.resume(returning: $0) }
                    )
                }
            }
        } onCancel: {
            key.markCancelled()
            eventLoop.execute { handler.value.cancel(key) }
        }
        return try outcome.get()
    }

    /// Sends one request whose body is sent as it comes, and waits for its answer, which may come before the body's end:
    /// then the rest is not read.
    ///
    /// - Parameters:
    ///   - parts: the client's bytes; when reading them fails the worker is told to forget the request.
    ///   - patience: how long the answer may take from the end of the body.
    /// - Throws: `CallFailure`, or what reading the parts threw.
    package func send<Call: WorkerCall, Parts: AsyncSequence & Sendable>(
        _ call: Call,
        principal: Principal,
        requestID: String,
        patience: TimeAmount,
        parts: Parts
    ) async throws -> WorkerReply where Parts.Element == ByteBuffer {
        let key = CancellationKey()
        let outcome = eventLoop.makePromise(of: Result<WorkerReply, CallFailure>.self)
        onLoop { handler in
            handler.start(
                call,
                principal: principal,
                requestID: requestID,
                patience: .afterBody(patience),
                body: nil,
                key: key,
                answer: { outcome.succeed($0) }
            )
        }
        return try await withTaskCancellationHandler {
            var isTaken = true
            do {
                for try await part in parts where part.readableBytes > 0 {
                    isTaken = await feed(part, of: key)
                    if !isTaken { break }
                }
                try Task.checkCancellation()
            } catch {
                eventLoop.execute { handler.value.cancel(key) }
                // What the worker found before the body broke off says more than that it did.
                if case .success(let reply) = try await outcome.futureResult.get() { return reply }
                throw error
            }
            onLoop { handler in handler.endBody(of: key, deadline: .now() + patience) }
            let result = try await outcome.futureResult.get()
            // A worker begins in earnest when the body has ended, and this one had not.
            if !isTaken, case .failure(.connectionLost) = result { throw CallFailure.notSent }
            return try result.get()
        } onCancel: {
            key.markCancelled()
            eventLoop.execute { handler.value.cancel(key) }
        }
    }

    private func feed(_ part: ByteBuffer, of key: CancellationKey) async -> Bool {
        await withUnsafeContinuation { continuation in
            onLoop { handler in handler.feed(part, of: key) { continuation.resume(returning: $0) } }
        }
    }

    /// Asks for a sign of life.
    package func ping() async throws(CallFailure) -> WorkerPulse {
        let outcome: Result<WorkerPulse, CallFailure> = await withUnsafeContinuation { continuation in
            onLoop { handler in handler.ping { continuation.resume(returning: $0) } }
        }
        return try outcome.get()
    }

    /// Asks for a sign of life; `answer` is called on the event loop of the connection.
    package func ping(_ answer: @escaping @Sendable (Result<WorkerPulse, CallFailure>) -> Void) {
        onLoop { handler in handler.ping(answer) }
    }

    func abandon(_ stream: UInt32) {
        onLoop { handler in handler.abandon(stream) }
    }

    func resumeBody(_ stream: UInt32) {
        onLoop { handler in handler.resumeBody(stream) }
    }

    private func onLoop(_ body: @escaping @Sendable (WorkerConnectionHandler) -> Void) {
        if eventLoop.inEventLoop {
            body(handler.value)
        } else {
            eventLoop.execute { body(handler.value) }
        }
    }
}

/// How long a request's answer is waited for.
enum RequestPatience {
    case until(NIODeadline)
    /// So long from the end of a streamed body.
    case afterBody(TimeAmount)

    /// What the worker is told.
    var remaining: TimeAmount {
        switch self {
        case .until(let deadline): deadline - .now()
        case .afterBody(let time): time
        }
    }

    /// How long the worker may be silent in the midst of its answer; nil where the answer has no end of its own.
    var silence: TimeAmount? {
        switch self {
        case .until(.distantFuture): nil
        case .until(let deadline): deadline - .now()
        case .afterBody(let time): time
        }
    }

    /// Until when the request waits as it starts.
    var deadline: NIODeadline {
        switch self {
        case .until(let deadline): deadline
        case .afterBody: .distantFuture
        }
    }
}

/// A worker's sign of life.
package struct WorkerPulse: Equatable, Sendable {
    /// Requests the worker has received since it started.
    package var received: UInt64
    /// Requests and streams in progress on the connection that was asked.
    package var openStreams: Int
}

/// Why a connection takes no further requests.
package enum ConnectionRetirement: Equatable, Sendable {
    /// It ended, or one side broke the protocol.
    case lost
    /// The worker said farewell: it drains.
    case farewell
    /// All stream numbers are used up; a new connection to the same worker goes on.
    case exhausted
}

/// Names one call before it has a stream, so that it can be cancelled at any moment.
final class CancellationKey: Sendable, Hashable {
    private let cancelled = Atomic<Bool>(false)

    /// Set when the caller's task is cancelled, which may be before the call has reached the event loop.
    var isCancelled: Bool { cancelled.load(ordering: .acquiring) }

    func markCancelled() {
        cancelled.store(true, ordering: .releasing)
    }

    static func == (left: CancellationKey, right: CancellationKey) -> Bool { left === right }

    func hash(into hasher: inout Hasher) {
        hasher.combine(ObjectIdentifier(self))
    }
}
