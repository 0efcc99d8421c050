import Glibc
import IPC
import Logging
import PostgresClient
import Systemd
import WorkerProcess

/// The program camet-worker: serves one tenant to the gateway that started it or had it started, and ends with it.
@main
enum WorkerMain {
    static func main() async {
        LoggingSystem.bootstrap { label in
            JournalLogHandler.orStandardError(label: label, variable: WorkerProcess.variable)
        }
        var logger = Logger(label: "camet.worker")
        do throws(any Error) {
            let process = try WorkerProcess.start(hasNetwork: { !DatabaseReach.isLocal($0.database) })
            guard EventLoopTasks.install() else {
                logger.critical("tasks cannot run on event loops")
                ProcessEnd.now(WorkerExitCode.failed.rawValue)
            }
            logger[metadataKey: "tenant"] = "\(process.record.slug)"
            let manager = ServiceManager(variable: WorkerProcess.variable)
            try await WorkerApplication(process: process, manager: manager, logger: logger).run()
            ProcessEnd.now(WorkerExitCode.drained.rawValue)
        } catch let error as WorkerProcessError {
            logger.critical("not started as a worker", metadata: ["error": "\(error)"])
            ProcessEnd.now(WorkerExitCode(error).rawValue)
        } catch {
            logger.critical("the worker cannot serve", metadata: ["error": "\(error)"])
            ProcessEnd.now(WorkerExitCode.failed.rawValue)
        }
    }
}
