import CProcess
import Glibc

/// Workers as children of the gateway itself, and of its user: where nobody is root, they cannot be of another.
struct OwnChildren: WorkerProcessMaker {
    private let settings: ChildProcessSettings

    init(_ settings: ChildProcessSettings) {
        self.settings = settings
    }

    func start(_ start: WorkerStart) -> Int32 {
        let arguments = ([settings.program] + settings.arguments).map { strdup($0) } + [nil]
        let environment = settings.environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in arguments + environment { free(text) } }
        return arguments.withUnsafeBufferPointer { arguments in
            environment.withUnsafeBufferPointer { environment in
                settings.program.withCString { path in
                    var worker = camet_worker_start(
                        path: path,
                        arguments: arguments.baseAddress,
                        environment: environment.baseAddress,
                        output: settings.output,
                        listener: start.listener,
                        pipe_end: start.pipe,
                        isolation: camet_isolation(
                            memory_bytes: settings.bounds.memory,
                            nice: settings.bounds.nice,
                            has_network: start.hasNetwork ? 1 : 0,
                            user_id: 0,
                            group_id: 0
                        )
                    )
                    return camet_spawn_worker(&worker)
                }
            }
        }
    }

    func terminate(_ processID: Int32) {
        Glibc.kill(processID, SIGTERM)
    }

    func kill(_ processID: Int32) {
        Glibc.kill(-processID, SIGKILL)
        Glibc.kill(processID, SIGKILL)
    }

    func reap(_ processID: Int32) -> WorkerExit? {
        var status: Int32 = 0
        let reaped = camet_reap(processID, &status)
        guard reaped != 0 else { return nil }
        return reaped > 0 ? WorkerExit(waitStatus: status) : .unknown
    }
}

extension WorkerExit {
    init(waitStatus: Int32) {
        let code = camet_exit_code(waitStatus)
        self = code >= 0 ? .code(code) : .signal(-code)
    }
}
