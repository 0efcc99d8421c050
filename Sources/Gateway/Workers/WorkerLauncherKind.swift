import Logging
import NIOCore

/// Who makes the processes of workers.
enum WorkerLauncherKind: String, CaseIterable, Sendable {
    /// The gateway, or the launcher that is root and has started it.
    case child
    /// systemd, as units of their own.
    case systemd
}

extension WorkerLauncherKind {
    /// - Throws: `WorkerLaunchError` or `ListeningSocketError` when the system gives what it needs not.
    func launcher(_ settings: GatewaySettings, loop: any EventLoop, logger: Logger) throws -> any WorkerLauncher {
        switch self {
        case .child:
            try ChildProcessLauncher(
                ChildProcessSettings(
                    program: settings.workerExecutable,
                    environment: ["TMPDIR": settings.spoolFolder],
                    bounds: WorkerBounds(
                        memory: UInt64(settings.workerMemoryMebibytes) << 20, nice: Int32(settings.workerNice)),
                    launcher: settings.launcher
                ))
        case .systemd:
            try SystemdLauncher(
                runFolder: settings.runFolder,
                patience: .seconds(Int64(settings.workerStartSeconds)),
                loop: loop,
                logger: logger
            )
        }
    }
}
