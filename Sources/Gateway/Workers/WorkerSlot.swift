import IPC
import NIOCore
import Shared

/// A request that waits for a worker.
struct WorkerWaiter {
    var number: UInt64
    /// Index of its event loop.
    var loop: Int
    /// When it is told that it took too long.
    var until: NIODeadline
    /// Whether `until` is the deadline of the request itself.
    var isDeadline: Bool
    var answer: UnsafeContinuation<Result<WorkerConnection, Fault>, Never>
}

/// What the supervisor knows of one tenant's worker; lives under the supervisor's lock.
struct WorkerSlot {
    var lifecycle: WorkerLifecycle
    /// The tenant's name, known from the first start on.
    var slug: String?
    var process: LaunchedWorker?
    var startedAt: Instant?
    var waiters: [WorkerWaiter] = []
    /// Requests received by the worker, by its last sign of life.
    var received: UInt64 = 0
    /// Per event loop: streams open at the last sign of life, and whether one came since the last complete beat.
    var openStreams: [Int]
    var hasAnswered: [Bool]
    /// What a further connection to this worker is made with.
    var reconnection: WorkerConnectionSettings?
    /// `ReadyWorker.uses` at the last tick.
    var knownUses: UInt64 = 0

    init(lifecycle: WorkerLifecycle, loops: Int) {
        self.lifecycle = lifecycle
        openStreams = Array(repeating: 0, count: loops)
        hasAnswered = Array(repeating: false, count: loops)
    }

    /// Forgets what belongs to one process.
    mutating func forgetProcess() {
        process = nil
        startedAt = nil
        received = 0
        for index in openStreams.indices {
            openStreams[index] = 0
            hasAnswered[index] = false
        }
    }
}

/// The connections of a worker that takes requests: all that the hot path looks at.
struct ReadyWorker {
    /// One for each event loop, nil while it is being replaced.
    var connections: [WorkerConnection?]
    var uses: UInt64 = 0

    mutating func connection(forLoop index: Int) -> WorkerConnection? {
        uses &+= 1
        if let own = connections[index] { return own }
        return connections.lazy.compactMap { $0 }.first
    }
}
