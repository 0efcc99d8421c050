import CProcess
import Foundation
import Glibc
import IPC
import Logging
import NIOCore
import PostgresClient
import Systemd

/// The program camet-gateway.
///
/// Exit codes: 0 stopped when asked, 64 called wrongly, 78 wrong settings, 77 started as root, 98 the address is taken,
/// 71 its launcher has ended, 70 anything else.
///
/// With `--take-over` it takes the place of the gateway that serves the same run folder, if one does. Where a service manager watches it,
/// SIGUSR2 has it start such a one itself.
@main
enum GatewayMain {
    static let takeOver = "--take-over"

    static func main() async {
        guard EventLoopTasks.install() else { fail("tasks cannot run on event loops", code: 70) }
        signal(SIGPIPE, SIG_IGN)
        // Nothing to end for, also where nobody heeds it.
        signal(SIGUSR2, SIG_IGN)
        // What the gateway makes is its own user's, whatever it was started with.
        umask(0o077)
        OpenFileLimit.raise()
        let arguments = CommandLine.arguments.dropFirst()
        guard arguments.isEmpty || arguments.elementsEqual([takeOver]) else {
            fail("usage: camet-gateway [\(takeOver)]", code: 64)
        }
        do {
            let settings = try GatewaySettings.read(environment: ProcessInfo.processInfo.environment)
            try becomePrivate(settings)
            let level = Logger.Level(rawValue: settings.logLevel) ?? .info
            LoggingSystem.bootstrap { label in
                JournalLogHandler.orStandardError(label: label, level: level, variable: variable)
            }
            let manager = ServiceManager(variable: variable)
            try await GatewayApplication(
                settings: settings,
                takesOver: !arguments.isEmpty,
                manager: manager,
                logger: Logger(label: "camet.gateway")
            ).run()
            ProcessEnd.now(0)
        } catch let error as SettingsError {
            fail("settings: \(error)", code: 78)
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            fail("the address is taken by another program", code: 98)
        } catch {
            fail("\(error)", code: 70)
        }
    }

    private static func variable(_ name: String) -> String? { ProcessInfo.processInfo.environment[name] }

    /// Whoever takes the gateway over must not be root thereby, and other processes of its user must not read its memory.
    private static func becomePrivate(_ settings: GatewaySettings) throws {
        if geteuid() == 0 { fail("started as root: let camet-launcher start it, as script/server does", code: 77) }
        if let launcher = settings.launcher, fcntl(launcher, F_SETFD, FD_CLOEXEC) != 0 {
            throw SettingsError(description: "CAMET_LAUNCHER is set by camet-launcher, and by nobody else")
        }
        if settings.launcher != nil, settings.workerLauncher == .systemd {
            throw SettingsError(
                description:
                    "CAMET_WORKER_LAUNCHER is systemd, but camet-launcher has started the gateway: one of them starts workers"
            )
        }
        let refused = camet_keep_memory_private()
        guard refused == 0 else { throw IOError(errnoCode: refused, reason: "memory cannot be kept private") }
    }

    private static func fail(_ message: String, code: Int32) -> Never {
        FileHandle.standardError.write(Data("camet-gateway: \(message)\n".utf8))
        ProcessEnd.now(code)
    }
}
