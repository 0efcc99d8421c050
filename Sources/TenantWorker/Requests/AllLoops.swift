import NIOCore
import NIOPosix
import Synchronization

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

    /// Parts that wait for nothing: each loop takes the next part when it is done with one, so that a loop is woken once.
    ///
    /// - Parameters:
    ///   - count: of parts.
    ///   - body: called with the place of each part.
    /// - Returns: what came of each part, in their order.
    static func compute<Value: Sendable>(_ count: Int, _ body: @escaping @Sendable (Int) -> Value) async -> [Value] {
        if count == 1 { return [body(0)] }
        let parts = Parts(count)
        return await withTaskGroup(of: [(Int, Value)].self) { group in
            for executor in executors.prefix(count) {
                group.addTask(executorPreference: executor) {
                    var made: [(Int, Value)] = []
                    while let part = parts.next() { made.append((part, body(part))) }
                    return made
                }
            }
            var values = [Value?](repeating: nil, count: count)
            for await made in group {
                for (part, value) in made { values[part] = value }
            }
            return values.compactMap { $0 }
        }
    }

    /// The places of the parts that nobody has taken.
    private final class Parts: Sendable {
        private let count: Int
        private let taken = Atomic(0)

        init(_ count: Int) {
            self.count = count
        }

        func next() -> Int? {
            let part = taken.add(1, ordering: .relaxed).oldValue
            return part < count ? part : nil
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
