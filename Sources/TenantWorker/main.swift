import IPC
import Logging
import NIOCore
import NIOPosix
import Shared
#if canImport(Glibc)
import Glibc
#endif

struct Spike: RequestResponder {
    let bytes = ByteBuffer(repeating: 65, count: 1024)
    func answerAtOnce(_ request: IncomingRequest) -> Answer? {
        .whole(ReplyHead(), bytes)
    }
    func answer(_ request: IncomingRequest) async -> Answer { .fault(Fault(code: .internalError)) }
}
_ = NIOSingletons.unsafeTryInstallSingletonPosixEventLoopGroupAsConcurrencyGlobalExecutor()
let group = MultiThreadedEventLoopGroup.singleton
var buffer = ByteBuffer()
var chunk = [UInt8](repeating: 0, count: 4096)
let n = read(4, &chunk, 4096)
buffer.writeBytes(chunk[0..<n])
let record = try WorkerBootRecord(from: &buffer)
let server = try await RequestServer.start(
    descriptor: 3,
    settings: RequestServerSettings(
        tenant: record.tenant,
        hello: Hello(oldestVersion: 1, newestVersion: 1, nonce: record.nonce, generation: record.generation, processID: getpid()),
        gatewayUserID: record.gatewayUserID,
        maximumRequests: 1024, maximumBodyLength: 8 << 20, logger: Logger(label: "w")
    ),
    responder: Spike(), counter: RequestCounter(), group: group
)
try await server.closeFuture.get()
