import Glibc
import IPC
import Logging
import NIOCore
import NIOPosix
import WorkerProcess

/// The program camet-worker: serves one tenant to the gateway that started it, and ends with it.
@main
enum WorkerMain {
    static func main() async {
        LoggingSystem.bootstrap { label in StreamLogHandler.standardError(label: label) }
        var logger = Logger(label: "camet.worker")
        do throws(any Error) {
            let process = try WorkerProcess.start()
            // Tasks run on the event loops: a request that needs no waiting wakes no other thread.
            _ = NIOSingletons.unsafeTryInstallSingletonPosixEventLoopGroupAsConcurrencyGlobalExecutor()
            logger[metadataKey: "tenant"] = "\(process.record.slug)"
            try await WorkerApplication(process: process, logger: logger).run()
            exit(WorkerExitCode.drained.rawValue)
        } catch let error as WorkerProcessError {
            logger.critical("not started as a worker", metadata: ["error": "\(error)"])
            exit(WorkerExitCode(error).rawValue)
        } catch {
            logger.critical("the worker cannot serve", metadata: ["error": "\(error)"])
            exit(WorkerExitCode.failed.rawValue)
        }
    }
}
