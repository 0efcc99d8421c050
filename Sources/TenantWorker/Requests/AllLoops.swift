import NIOCore
import NIOPosix

/// The parts of one request's work, its lines or its tiles, all of them at once.
///
/// A child task would stay on the event loop of its request and only take turns with the others there; these are dealt out to
/// all loops, so that the figures of several lines are computed on several cores.
enum AllLoops {
    /// - Parameters:
    ///   - count: of parts.
    ///   - body: called with the place of each part.
    /// - Returns: what came of each part, in their order.
    static func map<Value: Sendable>(
        _ count: Int,
        _ body: @escaping @Sendable (Int) async throws -> Value
    ) async throws -> [Value] {
        if count == 1 { return [try await body(0)] }
        return try await withThrowingTaskGroup(of: (Int, Value).self) { group in
            for index in 0..<count {
                group.addTask(executorPreference: executors[index % executors.count]) { (index, try await body(index)) }
            }
            var values = [Value?](repeating: nil, count: count)
            for try await (index, value) in group { values[index] = value }
            return values.compactMap { $0 }
        }
    }

    private static let executors = MultiThreadedEventLoopGroup.singleton.makeIterator().map(LoopExecutor.init)

    /// Runs tasks on one event loop.
    private final class LoopExecutor: TaskExecutor {
        private let loop: any EventLoop

        init(_ loop: any EventLoop) {
            self.loop = loop
        }

        func enqueue(_ job: consuming ExecutorJob) {
            let job = UnownedJob(job)
            loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
        }
    }
}
