import ServiceLifecycle
import Shared

/// Runs work to its end also when whoever asked for it hangs up: what changes something and is audited must not stop
/// between the two.
final class UninterruptedWork: Service {
    private typealias Job = @Sendable () async -> Void

    private let jobs: AsyncStream<Job>
    private let queue: AsyncStream<Job>.Continuation

    init() {
        (jobs, queue) = AsyncStream.makeStream()
    }

    /// - Throws: what the work does, or `worker_draining` when the gateway is ending.
    func run<Answer: Sendable>(_ work: @escaping @Sendable () async throws -> Answer) async throws -> Answer {
        try await withCheckedThrowingContinuation { continuation in
            let outcome = queue.yield {
                do {
                    continuation.resume(returning: try await work())
                } catch {
                    continuation.resume(throwing: error)
                }
            }
            guard case .enqueued = outcome else {
                return continuation.resume(throwing: Fault(code: .workerDraining, retryAfterSeconds: 1))
            }
        }
    }

    /// Ends when the work in hand is done.
    func run() async throws {
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { tasks in
                for await job in jobs { tasks.addTask { await job() } }
            }
        } onGracefulShutdown: {
            self.queue.finish()
        }
    }
}
