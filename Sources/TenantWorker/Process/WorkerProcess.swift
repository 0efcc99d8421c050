import CProcess
import Glibc
package import IPC
import Synchronization

/// The codes a worker ends with. The gateway takes everything but `drained` for a failure.
package enum WorkerExitCode: Int32, Sendable {
    /// Told to end (SIGTERM or SIGINT), it finished what was in flight.
    case drained = 0
    /// Its gateway has gone: the boot pipe ended, or the gateway's process.
    case gatewayGone = 10
    /// Not started as a worker: no listening socket was handed over.
    case notAWorker = 64
    /// The boot record cannot be read.
    case badBootRecord = 65
    /// No boot record came.
    case noBootRecord = 66
    /// Something inside failed; the log says what.
    case failed = 70
    /// The system refused a step of the set-up.
    case systemRefused = 71

    package init(_ error: WorkerProcessError) {
        self =
            switch error {
            case .noListener: .notAWorker
            case .noBootRecord: .noBootRecord
            case .badBootRecord: .badBootRecord
            case .system: .systemRefused
            }
    }
}

/// The process a worker lives in: what it inherits, and when it has to end.
///
/// `start` comes first in the program; it is called once and may block for as long as the boot record may take.
package struct WorkerProcess: Sendable {
    /// The listening socket, handed over as systemd does.
    package static let listener: Int32 = 3

    package let record: WorkerBootRecord
    /// The gateway, where it is known by its process: by what the record says, or, where another process of its user may be a worker
    /// too, because it is who made this one.
    package let gatewayProcessID: Int32?
    private let end: EndNotice

    /// Checks what was inherited, reads the boot record and begins to watch for the end.
    ///
    /// - Parameter hasNetwork: whether the worker of a record needs more sockets than those of this machine. Asked where systemd has
    ///   started it; a gateway that makes its workers itself has taken them away before.
    package static func start(
        environment: (String) -> String? = WorkerProcess.variable,
        hasNetwork: (WorkerBootRecord) -> Bool = { _ in true }
    ) throws(WorkerProcessError) -> WorkerProcess {
        guard environment("LISTEN_FDS") == "1", environment("LISTEN_PID") == String(getpid()), isListening(listener)
        else {
            throw .noListener
        }
        unsetenv("LISTEN_FDS")
        unsetenv("LISTEN_PID")
        let refused = camet_die_with_parent()
        guard refused == 0 else { throw .system(refused) }
        // Files of credentials are out of reach after this, and so is the share of the processor.
        let boot: BootPipe
        if let folder = environment("CREDENTIALS_DIRECTORY") {
            boot = try BootPipe(credentials: folder)
        } else {
            boot = BootPipe()
        }
        let share = camet_open_share()
        // While there is one thread: not all that is given up is given up for others.
        let unconfined = camet_confine(environment("TMPDIR") ?? "/var/tmp")
        guard unconfined == 0 else { throw .system(unconfined) }
        signal(SIGPIPE, SIG_IGN)
        for descriptor in [listener, boot.descriptor] {
            guard fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 else { throw .system(errno) }
        }
        let signals = camet_open_end_signals()
        guard signals >= 0 else { throw .system(-signals) }
        let record = try boot.read()
        let gateway = boot.isCredential ? try endOfGateway(of: record, instead: boot) : boot.descriptor
        if boot.isCredential {
            let unfiltered = camet_filter_system_calls(hasNetwork(record) ? 1 : 0)
            guard unfiltered == 0 else { throw .system(unfiltered) }
        }
        let end = EndNotice()
        try EndWatch(gateway: gateway, signals: signals, share: share, notice: end).startThread()
        let sharesUser = record.gatewayUserID == geteuid()
        return WorkerProcess(
            record: record, gatewayProcessID: record.gatewayProcessID ?? (sharesUser ? getppid() : nil), end: end)
    }

    /// A descriptor that becomes readable when the gateway's process has ended.
    private static func endOfGateway(
        of record: WorkerBootRecord, instead boot: BootPipe
    ) throws(WorkerProcessError) -> Int32 {
        close(boot.descriptor)
        guard let process = record.gatewayProcessID else { throw .badBootRecord }
        let descriptor = camet_open_process(process)
        guard descriptor >= 0 else { throw .system(-descriptor) }
        return descriptor
    }

    /// Calls `action` on a thread of its own when the worker is told to end; at once when it already was.
    /// The end of the gateway needs no action: it ends the process at once.
    package func whenToldToEnd(_ action: @escaping @Sendable () -> Void) {
        end.whenCalled(action)
    }

    /// Returns when the worker is told to end.
    package func toldToEnd() async {
        await withUnsafeContinuation { continuation in
            whenToldToEnd { continuation.resume() }
        }
    }

    package static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }

    private static func isListening(_ descriptor: Int32) -> Bool {
        var value: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &value, &length) == 0 && value != 0
    }
}

/// Remembers that the process was told to end, and who wants to know.
final class EndNotice: Sendable {
    private struct State {
        var isCalled = false
        var actions: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())

    func call() {
        let actions = state.withLock { state in
            state.isCalled = true
            defer { state.actions = [] }
            return state.actions
        }
        for action in actions { action() }
    }

    func whenCalled(_ action: @escaping @Sendable () -> Void) {
        let isCalled = state.withLock { state in
            if !state.isCalled { state.actions.append(action) }
            return state.isCalled
        }
        if isCalled { action() }
    }
}

/// A thread that waits for the end of the gateway and for signals, whatever the event loops are doing.
private final class EndWatch: Sendable {
    /// The pipe that the gateway holds open, or its process.
    private let gateway: Int32
    private let signals: Int32
    /// By what the process's share of the processor is set, which the system may put off; negative where there is no such thing.
    private let share: Int32
    private let notice: EndNotice

    init(gateway: Int32, signals: Int32, share: Int32, notice: EndNotice) {
        self.gateway = gateway
        self.signals = signals
        self.share = share
        self.notice = notice
    }

    func startThread() throws(WorkerProcessError) {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        pthread_attr_setstacksize(&attributes, 256 * 1024)
        defer { pthread_attr_destroy(&attributes) }
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(self)
        let refused = pthread_create(
            &thread,
            &attributes,
            { argument in
                if let argument { Unmanaged<EndWatch>.fromOpaque(argument).takeRetainedValue().run() }
                return nil
            },
            argument.toOpaque()
        )
        if refused != 0 {
            argument.release()
            throw .system(refused)
        }
    }

    private func run() {
        var pollers = [
            pollfd(fd: gateway, events: Int16(POLLIN), revents: 0),
            pollfd(fd: signals, events: Int16(POLLIN), revents: 0),
        ]
        var space = [UInt8](repeating: 0, count: 256)
        var hasShare = share < 0
        while true {
            if !hasShare, camet_set_share(share) != EAGAIN {
                hasShare = true
                close(share)
            }
            guard poll(&pollers, nfds_t(pollers.count), hasShare ? -1 : 120) > 0 else { continue }
            // A process cannot be read from.
            if pollers[0].revents != 0, read(gateway, &space, space.count) <= 0 {
                // Nobody is left to answer to: nothing is flushed, nothing is waited for.
                _exit(WorkerExitCode.gatewayGone.rawValue)
            }
            if pollers[1].revents != 0, read(signals, &space, space.count) > 0 {
                notice.call()
            }
        }
    }
}
