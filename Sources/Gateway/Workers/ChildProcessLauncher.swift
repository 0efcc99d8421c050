import CProcess
import Glibc
package import IPC
package import NIOCore
import Synchronization

/// How workers are started as children of the gateway.
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

    package init(
        program: String,
        arguments: [String] = [],
        environment: [String: String] = [:],
        grace: TimeAmount = .seconds(9),
        output: Int32 = STDERR_FILENO
    ) {
        self.program = program
        self.arguments = arguments
        self.environment = environment
        self.grace = grace
        self.output = output
    }
}

/// Starts workers as child processes and reaps them, all on one thread of its own that lives as long as the launcher: the
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
    private let inbox = Mutex(Inbox())
    private let wakeRead: Int32
    private let wakeWrite: Int32

    /// - Throws: `notStarted` when the system gives no thread or pipe.
    package init(_ settings: ChildProcessSettings) throws(WorkerLaunchError) {
        self.settings = settings
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
                    Glibc.kill(child.processID, SIGTERM)
                case .kill(let number):
                    if let child = children[number] { killGroup(of: child) }
                case .close:
                    isClosing = true
                    for child in children.values { killGroup(of: child) }
                }
            }
            let now = NIODeadline.now()
            for (number, child) in children {
                if let killAt = child.killAt, killAt <= now {
                    children[number]?.killAt = .distantFuture
                    killGroup(of: child)
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
        let child = written == boot.readableBytes ? spawn(listener: listener, pipe: ends[0]) : -EIO
        guard child > 0 else {
            Glibc.close(ends[1])
            return .failure(refusal(-child))
        }
        return .success(
            Child(processID: child, descriptor: camet_open_process(child), pipe: ends[1], onExit: launch.onExit)
        )
    }

    private func spawn(listener: Int32, pipe: Int32) -> Int32 {
        var arguments = ([settings.program] + settings.arguments).map { strdup($0) } + [nil]
        var environment = settings.environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in arguments + environment { free(text) } }
        return camet_spawn_worker(settings.program, &arguments, &environment, settings.output, listener, pipe)
    }

    private func refusal(_ code: Int32) -> WorkerLaunchError {
        .notStarted(program: settings.program, code: code)
    }

    /// The worker leads a process group of its own, which what it starts belongs to.
    private func killGroup(of child: Child) {
        Glibc.kill(-child.processID, SIGKILL)
        Glibc.kill(child.processID, SIGKILL)
    }

    private func reap(_ child: Child) -> WorkerExit? {
        if child.descriptor >= 0 {
            var poller = pollfd(fd: child.descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&poller, 1, 0) > 0 else { return nil }
            // What it left behind goes while its number is still its own.
            Glibc.kill(-child.processID, SIGKILL)
        }
        var status: Int32 = 0
        let reaped = camet_reap(child.processID, &status)
        guard reaped != 0 else { return nil }
        Glibc.close(child.pipe)
        if child.descriptor >= 0 { Glibc.close(child.descriptor) }
        guard reaped > 0 else { return .unknown }
        let code = camet_exit_code(status)
        return code >= 0 ? .code(code) : .signal(-code)
    }
}
