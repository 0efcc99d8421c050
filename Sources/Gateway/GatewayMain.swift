import Foundation
import Glibc
import Logging
import NIOCore
import NIOPosix

/// The program camet-gateway.
///
/// Exit codes: 0 stopped when asked, 78 wrong settings, 98 the address is taken, 70 anything else.
@main
enum GatewayMain {
    static func main() async {
        // Tasks run on the event loops, so that a request which needs no waiting wakes no other thread. Whatever blocks
        // has threads of its own.
        _ = NIOSingletons.unsafeTryInstallSingletonPosixEventLoopGroupAsConcurrencyGlobalExecutor()
        signal(SIGPIPE, SIG_IGN)
        // What the gateway makes is its own user's, whatever it was started with.
        umask(0o077)
        OpenFileLimit.raise()
        do {
            let settings = try GatewaySettings.read(environment: ProcessInfo.processInfo.environment)
            let level = Logger.Level(rawValue: settings.logLevel) ?? .info
            LoggingSystem.bootstrap { label in
                var handler = StreamLogHandler.standardError(label: label)
                handler.logLevel = level
                return handler
            }
            try await GatewayApplication(settings: settings, logger: Logger(label: "camet.gateway")).run()
            exit(0)
        } catch let error as SettingsError {
            fail("settings: \(error)", code: 78)
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            fail("the address is taken by another program", code: 98)
        } catch {
            fail("\(error)", code: 70)
        }
    }

    private static func fail(_ message: String, code: Int32) -> Never {
        FileHandle.standardError.write(Data("camet-gateway: \(message)\n".utf8))
        exit(code)
    }
}
