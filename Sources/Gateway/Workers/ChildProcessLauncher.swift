import CProcess
import Glibc
package import IPC
package import NIOCore
import PostgresClient
import Synchronization

/// How workers are started.
package struct ChildProcessSettings: Sendable {
    /// Path of the worker program.
    package var program: String
    package var arguments: [String]
    /// All of the worker's environment; nothing of the gateway's is inherited.
    package var environment: [String: String]
    /// From SIGTERM to SIGKILL.
    package var grace: TimeAmount
    /// Where the worker's stdout and stderr go.
    package var output: Int32
    package var bounds: WorkerBounds
    /// The descriptor of the launcher that is root, and then decides on program, arguments and environment itself; nil: the
    /// gateway makes workers of its own user.
    package var launcher: Int32?

    package init(
        program: String,
        arguments: [String] = [],
        environment: [String: String] = [:],
        grace: TimeAmount = .seconds(9),
        output: Int32 = STDERR_FILENO,
        bounds: WorkerBounds = WorkerBounds(),
        launcher: Int32? = nil
    ) {
        self.program = program
        self.arguments = arguments
        self.environment = environment
        self.grace = grace
        self.output = output
        self.bounds = bounds
        self.launcher = launcher
    }
}

/// Starts workers as child processes, its own or those of a launcher that is root, and reaps them, all on one thread of its own that lives as long as the launcher: the
/// system kills a child when the *thread* that made it ends, and a process id is only safe to signal by who reaps it.
package final class ChildProcessLauncher: WorkerLauncher {
    private typealias Launched = Result<LaunchedWorker, WorkerLaunchError>

    private struct Launch {
        var record: WorkerBootRecord
        var location: WorkerLocation
        var onExit: @Sendable (WorkerExit) -> Void
        var answer: UnsafeContinuation<Launched, Never>
    }

    private enum Order {
        case launch(Launch)
        case terminate(UInt64)
        case kill(UInt64)
        case close
    }

    private struct Inbox {
        var orders: [Order] = []
        var isClosed = false
    }

    /// A running child; belongs to the thread.
    private struct Child {
        var processID: Int32
        /// Readable when the child has ended; negative when the system has no such thing.
        var descriptor: Int32
        /// Our end of the boot pipe, open as long as the child may live.
        var pipe: Int32
        var onExit: @Sendable (WorkerExit) -> Void
        var killAt: NIODeadline?
    }

    private let settings: ChildProcessSettings
    private let maker: any WorkerProcessMaker
    private let inbox = Mutex(Inbox())
    private let wakeRead: Int32
    private let wakeWrite: Int32

    /// - Throws: `notStarted` when the system gives no thread or pipe.
    package init(_ settings: ChildProcessSettings) throws(WorkerLaunchError) {
        self.settings = settings
        maker =
            settings.launcher.map { LauncherProcess(descriptor: $0, bounds: settings.bounds) } ?? OwnChildren(settings)
        var ends: [Int32] = [-1, -1]
        let noPipe = camet_open_pipe(&ends, 1)
        guard noPipe == 0 else { throw .notStarted(program: settings.program, code: noPipe) }
        wakeRead = ends[0]
        wakeWrite = ends[1]
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(self)
        let refused = pthread_create(
            &thread,
            nil,
            { argument in
                if let argument { Unmanaged<ChildProcessLauncher>.fromOpaque(argument).takeRetainedValue().run() }
                return nil
            },
            argument.toOpaque()
        )
        guard refused == 0 else {
            argument.release()
            throw .notStarted(program: settings.program, code: refused)
        }
        pthread_detach(thread)
    }

    deinit {
        Glibc.close(wakeRead)
        Glibc.close(wakeWrite)
    }

    package func launch(
        _ record: WorkerBootRecord,
        at location: WorkerLocation,
        onExit: @escaping @Sendable (WorkerExit) -> Void
    ) async throws(WorkerLaunchError) -> LaunchedWorker {
        let launched: Launched = await withUnsafeContinuation { answer in
            let order = Launch(record: record, location: location, onExit: onExit, answer: answer)
            if !send(.launch(order)) { answer.resume(returning: .failure(.closed)) }
        }
        return try launched.get()
    }

    package func terminate(_ worker: LaunchedWorker) {
        send(.terminate(worker.number))
    }

    package func kill(_ worker: LaunchedWorker) {
        send(.kill(worker.number))
    }

    /// Kills what still runs and ends the thread. The launcher starts nothing afterwards.
    package func close() {
        send(.close)
    }

    @discardableResult
    private func send(_ order: Order) -> Bool {
        inbox.withLock { inbox in
            guard !inbox.isClosed else { return false }
            if case .close = order { inbox.isClosed = true }
            inbox.orders.append(order)
            // A full pipe wakes the thread as well as one more byte would.
            _ = write(wakeWrite, [1], 1)
            return true
        }
    }

    // MARK: On the thread

    private func run() {
        var children: [UInt64: Child] = [:]
        var number: UInt64 = 0
        var isClosing = false
        while !(isClosing && children.isEmpty) {
            wait(for: children)
            let orders = inbox.withLock { inbox in
                defer { inbox.orders = [] }
                return inbox.orders
            }
            for order in orders {
                switch order {
                case .launch(let launch):
                    number += 1
                    let made = make(launch)
                    switch made {
                    case .success(let child):
                        children[number] = child
                        launch.answer.resume(
                            returning: .success(LaunchedWorker(number: number, processID: child.processID))
                        )
                    case .failure(let error):
                        launch.answer.resume(returning: .failure(error))
                    }
                case .terminate(let number):
                    guard let child = children[number], child.killAt == nil else { break }
                    children[number]?.killAt = .now() + settings.grace
                    maker.terminate(child.processID)
                case .kill(let number):
                    if let child = children[number] { maker.kill(child.processID) }
                case .close:
                    isClosing = true
                    for child in children.values { maker.kill(child.processID) }
                }
            }
            let now = NIODeadline.now()
            for (number, child) in children {
                if let killAt = child.killAt, killAt <= now {
                    children[number]?.killAt = .distantFuture
                    maker.kill(child.processID)
                }
                if let exit = reap(child) {
                    children[number] = nil
                    child.onExit(exit)
                }
            }
        }
    }

    private func wait(for children: [UInt64: Child]) {
        var pollers = [pollfd(fd: wakeRead, events: Int16(POLLIN), revents: 0)]
        var timeout: Int64 = -1
        let now = NIODeadline.now()
        for child in children.values {
            pollers.append(pollfd(fd: child.descriptor, events: Int16(POLLIN), revents: 0))
            var limit: Int64 = child.descriptor < 0 ? 20 : .max
            if let killAt = child.killAt, killAt != .distantFuture {
                limit = min(limit, max(0, (killAt - now).nanoseconds / 1_000_000 + 1))
            }
            if limit != .max { timeout = timeout < 0 ? limit : min(timeout, limit) }
        }
        poll(&pollers, nfds_t(pollers.count), Int32(clamping: timeout))
        var space = [UInt8](repeating: 0, count: 64)
        if pollers[0].revents != 0 { _ = read(wakeRead, &space, space.count) }
    }

    private func make(_ launch: Launch) -> Result<Child, WorkerLaunchError> {
        guard let boot = launch.record.framed() else { return .failure(.bootRecordTooLong) }
        let listener: Int32
        switch launch.location {
        case .unixSocket(let path):
            do {
                // A worker of ours may still be ending there; its file must not outlive it.
                listener = try ListeningSocket.make(path: path, backlog: 1024, replacing: true)
            } catch {
                return .failure(.socket(error))
            }
        }
        defer { Glibc.close(listener) }
        var ends: [Int32] = [-1, -1]
        let noPipe = camet_open_pipe(&ends, 0)
        guard noPipe == 0 else { return .failure(refusal(noPipe)) }
        defer { Glibc.close(ends[0]) }
        let written = boot.withUnsafeReadableBytes { write(ends[1], $0.baseAddress, $0.count) }
        let start = WorkerStart(
            tenant: launch.record.tenant,
            hasNetwork: !DatabaseReach.isLocal(launch.record.database),
            listener: listener,
            pipe: ends[0]
        )
        let child = written == boot.readableBytes ? maker.start(start) : -EIO
        guard child > 0 else {
            Glibc.close(ends[1])
            return .failure(refusal(-child))
        }
        return .success(
            Child(processID: child, descriptor: camet_open_process(child), pipe: ends[1], onExit: launch.onExit)
        )
    }

    private func refusal(_ code: Int32) -> WorkerLaunchError {
        .notStarted(program: settings.program, code: code)
    }

    private func reap(_ child: Child) -> WorkerExit? {
        if child.descriptor >= 0 {
            var poller = pollfd(fd: child.descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&poller, 1, 0) > 0 else { return nil }
        }
        guard let exit = maker.reap(child.processID) else { return nil }
        Glibc.close(child.pipe)
        if child.descriptor >= 0 { Glibc.close(child.descriptor) }
        return exit
    }
}
