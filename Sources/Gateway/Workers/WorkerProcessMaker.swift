import Glibc
import Shared

/// What every worker's process is held to, whoever makes it.
package struct WorkerBounds: Sendable {
    /// Bytes of memory of its own, at most.
    package var memory: UInt64
    /// 0–19: how much its processor time comes after that of others.
    package var nice: Int32

    package init(memory: UInt64 = 1 << 30, nice: Int32 = 0) {
        self.memory = memory
        self.nice = nice
    }
}

/// One worker's process before it is made.
struct WorkerStart {
    var tenant: TenantID
    /// Whether its database is reached over the network; else it gets no sockets of IPv4 and IPv6.
    var hasNetwork: Bool
    /// What it inherits: the listening socket, and the boot pipe's end to read from.
    var listener: Int32
    var pipe: Int32
}

/// Makes the processes of workers, and sends them signals. Called by one thread, which may be held up for the moment that
/// a program takes to start.
protocol WorkerProcessMaker: Sendable {
    /// The new process's id, or the negated errno of what failed. The id stays the worker's own until it is reaped.
    func start(_ start: WorkerStart) -> Int32

    func terminate(_ processID: Int32)

    /// Kills it and its process group: what it has started, if that were possible.
    func kill(_ processID: Int32)

    /// Nil while it runs.
    func reap(_ processID: Int32) -> WorkerExit?
}
