import Glibc
import IPC
import Logging
import NIOCore
import NIOPosix
import Shared
import WorkerProcess

// A worker without a database: it does what the resource and the numbers of a call tell it, so that tests can make it
// slow, silent or dead. `slug` decides how it starts.

struct TestResponder: RequestResponder {
    let record: WorkerBootRecord

    func answerAtOnce(_ request: IncomingRequest) -> Answer? {
        guard request.head.call == .listMasterData else { return nil }
        return .whole(ReplyHead(), ByteBuffer(string: "\(getpid()) \(record.generation)"))
    }

    /// Waits as long as the file `<request id>.block` exists in the folder that `database` names.
    func answer(_ request: IncomingRequest) async -> Answer {
        let marker = record.database + "/" + request.head.requestID
        guard access(marker + ".block", F_OK) == 0 else {
            return .whole(ReplyHead(), ByteBuffer(string: "\(getpid()) \(record.generation)"))
        }
        close(open(marker + ".begun", O_CREAT | O_WRONLY, 0o600))
        while access(marker + ".block", F_OK) == 0, !Task.isCancelled {
            usleep(2_000)
            await Task.yield()
        }
        return .whole(ReplyHead(), ByteBuffer(string: "\(getpid()) \(record.generation)"))
    }
}

do {
    let process = try WorkerProcess.start()
    let record = process.record
    if record.slug == "crash" { exit(WorkerExitCode.failed.rawValue) }
    if record.slug == "silent" {
        await process.toldToEnd()
        exit(WorkerExitCode.drained.rawValue)
    }
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    var nonce = record.nonce
    if record.slug == "stranger" { nonce.reverse() }
    let server = try await RequestServer.start(
        descriptor: WorkerProcess.listener,
        settings: RequestServerSettings(
            tenant: record.tenant,
            hello: Hello(
                oldestVersion: ProtocolVersion.oldest,
                newestVersion: ProtocolVersion.newest,
                nonce: nonce,
                generation: record.generation,
                processID: getpid()
            ),
            gatewayUserID: record.gatewayUserID,
            gatewayProcessID: process.gatewayProcessID,
            maximumRequests: 64,
            maximumBodyLength: 1 << 20,
            logger: Logger(label: "ipc-test-worker")
        ),
        responder: TestResponder(record: record),
        counter: RequestCounter(),
        group: group
    )
    await process.toldToEnd()
    await server.drain(grace: .seconds(8))
    exit(WorkerExitCode.drained.rawValue)
} catch let error as WorkerProcessError {
    exit(WorkerExitCode(error).rawValue)
} catch {
    exit(WorkerExitCode.failed.rawValue)
}
