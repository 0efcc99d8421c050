import CProcess
import Glibc
import IPC
import Logging
import NIOPosix
import Shared

/// The program camet-worker: serves one tenant to the gateway that started it, and ends with it.
@main
enum WorkerMain {
    static func main() async {
        LoggingSystem.bootstrap { label in StreamLogHandler.standardError(label: label) }
        var logger = Logger(label: "camet.worker")
        do {
            let inherited = try InheritedDescriptors()
            let record = try inherited.readBootRecord()
            logger[metadataKey: "tenant"] = "\(record.slug)"
            let stopping = inherited.stopSignal()
            try await WorkerApplication(record: record, listener: inherited.listener, logger: logger)
                .run(until: stopping)
            exit(0)
        } catch {
            logger.critical("the worker cannot serve", metadata: ["error": "\(error)"])
            exit(1)
        }
    }
}
