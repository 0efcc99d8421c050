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
    /// Of the request itself.
    let deadline: NIODeadline
    /// Whether it is the schedule's, and not somebody's who looks at a screen.
    var isScheduled: Bool
    var answer: UnsafeContinuation<Result<WorkerConnection, Fault>, Never>

    /// Whether nobody waits for the answer after `until`.
    var isDeadline: Bool { deadline <= until }

    mutating func wait(until latest: NIODeadline) { until = min(deadline, latest) }
}

/// What the supervisor knows of one tenant's worker; lives under the supervisor's lock.
struct WorkerSlot {
    var lifecycle: WorkerLifecycle
    /// The tenant's name, known from the first start on.
    var slug: String?
    var process: LaunchedWorker?
    /// What the newest worker was told.
    var told: TenantBootData?
    var startedAt: Instant?
    /// How often the registry was asked anew, so that an older answer does not undo a newer one.
    var reviews = 0
    /// When the start was decided.
    var launchedAt: NIODeadline?
    var waiters: [WorkerWaiter] = []
    /// Pieces of scheduled work that are asked of the worker, from the wait for it on.
    var scheduledWorks = 0
    /// Requests received by the worker, by its last sign of life.
    var received: UInt64 = 0
    /// Per event loop: streams open at the last sign of life, and whether one came since the last complete beat.
    var openStreams: [Int]
    var hasAnswered: [Bool]
    /// What a further connection to this worker is made with.
    var reconnection: WorkerConnectionSettings?
    /// `ReadyWorker.uses` at the last tick.
    var knownUses: UInt64 = 0
    /// Memory of the process's own at the last look, bytes.
    var memory = 0
    /// Processor time of the process at the last look, microseconds.
    var processTime: Int64 = 0
    /// What has gone over the connections to all the tenant's workers.
    let traffic = WorkerTraffic()
    /// Of it, what has been taken for the tenant's use; and processor time that has not.
    var takenTraffic = WorkerTraffic.Sums()
    var untakenTime: Int64 = 0

    /// Whether requests wait for a process that nothing but the number of places is in the way of.
    var wantsPlace: Bool { !waiters.isEmpty && !lifecycle.hasProcess && lifecycle.state != .moving }

    /// Those of the waiters that are not the schedule's.
    var requestsWaiting: Int { waiters.count(where: { !$0.isScheduled }) }

    init(lifecycle: WorkerLifecycle, loops: Int) {
        self.lifecycle = lifecycle
        openStreams = Array(repeating: 0, count: loops)
        hasAnswered = Array(repeating: false, count: loops)
    }

    /// Takes note of the processor time that the process has had until now.
    mutating func noteProcessorTime() {
        note(processorTime: process?.processorTime)
    }

    /// - Parameter time: microseconds; nil when the process is gone.
    mutating func note(processorTime time: Int64?) {
        guard let time, time > processTime else { return }
        untakenTime += time - processTime
        processTime = time
    }

    /// Forgets what belongs to one process.
    mutating func forgetProcess() {
        process = nil
        told = nil
        startedAt = nil
        launchedAt = nil
        received = 0
        memory = 0
        processTime = 0
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

    /// - Parameter isScheduled: for scheduled work, which keeps no worker from being idle.
    mutating func connection(forLoop index: Int, isScheduled: Bool = false) -> WorkerConnection? {
        if !isScheduled { uses &+= 1 }
        if let own = connections[index] { return own }
        return connections.lazy.compactMap { $0 }.first
    }
}
