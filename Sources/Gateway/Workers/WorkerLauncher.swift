package import IPC

/// Why a worker's process could not be made.
package enum WorkerLaunchError: Error, Equatable, Sendable {
    case socket(ListeningSocketError)
    /// The boot record is longer than a pipe holds.
    case bootRecordTooLong
    /// The system refused to start the program; carries its errno.
    case notStarted(program: String, code: Int32)
    /// The launcher has been closed.
    case closed
}

/// How a worker's process ended.
package enum WorkerExit: Equatable, Sendable {
    /// With a code of `WorkerExitCode`; 0 after a drain.
    case code(Int32)
    case signal(Int32)
    /// The process is gone, and how it ended cannot be told.
    case unknown
}

/// A worker's process as its launcher knows it.
package struct LaunchedWorker: Hashable, Sendable {
    /// Its number at the launcher, never used again.
    package var number: UInt64
    package var processID: Int32
    /// Below the root of control groups, of one that systemd has started: what the worker takes is told there, and its process is
    /// hidden.
    package var controlGroup: String?
}

/// Makes and ends the processes of workers.
package protocol WorkerLauncher: Sendable {
    /// Listens at `location` and starts a process that inherits the socket and is told `record`.
    ///
    /// Connections made from now on wait until the worker accepts them.
    /// - Parameter onExit: called once when the process has ended, on a thread that must not be blocked; it may be called
    ///   before this returns.
    func launch(
        _ record: WorkerBootRecord,
        at location: WorkerLocation,
        onExit: @escaping @Sendable (WorkerExit) -> Void
    ) async throws(WorkerLaunchError) -> LaunchedWorker

    /// Asks the process to finish what is in flight and to end, and kills it after the launcher's grace.
    func terminate(_ worker: LaunchedWorker)

    func kill(_ worker: LaunchedWorker)
}
