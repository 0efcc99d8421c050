import CProcess
import Glibc
import Shared

/// Workers as children of `camet-launcher`, which is root and makes each one's user that of its tenant alone.
///
/// The launcher ends with the gateway and its workers with it. Should it end before, killed by somebody, nothing can be
/// started any more: then the gateway ends too, and whoever started it does so again.
struct LauncherProcess: WorkerProcessMaker {
    /// The exit code of a gateway whose launcher has gone.
    static let exitCodeWithoutLauncher: Int32 = 71

    private let descriptor: Int32
    private let bounds: WorkerBounds

    /// - Parameter descriptor: the gateway's end of the pair of sockets; no program that it starts inherits it.
    init(descriptor: Int32, bounds: WorkerBounds) {
        self.descriptor = descriptor
        self.bounds = bounds
    }

    func start(_ start: WorkerStart) -> Int32 {
        var request = camet_launcher_request()
        request.question = camet_launcher_start.rawValue
        request.nice = bounds.nice
        request.tenant = start.tenant.rawValue
        request.memory_bytes = bounds.memory
        request.has_network = start.hasNetwork ? 1 : 0
        return ask(request, listener: start.listener, pipe: start.pipe).result
    }

    func terminate(_ processID: Int32) {
        signal(SIGTERM, processID)
    }

    func kill(_ processID: Int32) {
        signal(SIGKILL, processID)
    }

    func reap(_ processID: Int32) -> WorkerExit? {
        var request = camet_launcher_request()
        request.question = camet_launcher_reap.rawValue
        request.process_id = processID
        let reply = ask(request)
        guard reply.result != 0 else { return nil }
        return reply.result > 0 ? WorkerExit(waitStatus: reply.wait_status) : .unknown
    }

    private func signal(_ number: Int32, _ processID: Int32) {
        var request = camet_launcher_request()
        request.question = camet_launcher_signal.rawValue
        request.process_id = processID
        request.signal_number = number
        _ = ask(request)
    }

    private func ask(
        _ request: camet_launcher_request,
        listener: Int32 = -1,
        pipe: Int32 = -1
    ) -> camet_launcher_reply {
        var request = request
        var reply = camet_launcher_reply()
        guard camet_ask_launcher(descriptor, &request, listener, pipe, &reply) == 0 else {
            let message = "camet-gateway: the launcher has ended\n"
            _ = write(STDERR_FILENO, message, message.utf8.count)
            _exit(Self.exitCodeWithoutLauncher)
        }
        return reply
    }
}
