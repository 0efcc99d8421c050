import CLibPQ
import Synchronization

/// One request to the server to stop what a connection runs.
///
/// libpq's call opens a connection of its own and blocks until the server answers, so it runs on its own thread.
final class Canceller: Sendable {
    private let finished = Atomic<Bool>(false)

    /// Against a server that hangs these threads hang too; beyond this many, connections are just closed.
    private static let limit = 16
    private static let running = Atomic<Int>(0)

    private struct Request: Sendable {
        // No lock: used by the one thread it is handed to.
        nonisolated(unsafe) let pointer: OpaquePointer
    }

    /// Whether the server has dealt with the request, so that it can no longer hit a later statement.
    var isFinished: Bool { finished.load(ordering: .acquiring) }

    /// Asks on a thread of its own and wakes `wake` when done; nil when it could not be started.
    static func start(_ connection: OpaquePointer, wake: WakeDescriptor) -> Canceller? {
        guard running.wrappingAdd(1, ordering: .relaxed).newValue <= limit, let pointer = PQgetCancel(connection) else {
            running.wrappingSubtract(1, ordering: .relaxed)
            return nil
        }
        let canceller = Canceller()
        let request = Request(pointer: pointer)
        let started = SmallThread.start {
            var message: [CChar] = Array(repeating: 0, count: 256)
            // A failure is seen by the statement going on until the grace is over.
            _ = PQcancel(request.pointer, &message, 256)
            PQfreeCancel(request.pointer)
            running.wrappingSubtract(1, ordering: .relaxed)
            canceller.finished.store(true, ordering: .releasing)
            wake.wake()
        }
        guard started else {
            PQfreeCancel(pointer)
            running.wrappingSubtract(1, ordering: .relaxed)
            return nil
        }
        return canceller
    }
}
