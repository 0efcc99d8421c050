import CProcess
import Glibc
import Hummingbird
import IPC
import NIOCore
import NIOPosix
import Shared

if CommandLine.arguments.contains("install") {
    print(NIOSingletons.unsafeTryInstallSingletonPosixEventLoopGroupAsConcurrencyGlobalExecutor())
}
let path = "/tmp/spike.sock"
unlink(path)
let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
var address = sockaddr_un()
address.sun_family = sa_family_t(AF_UNIX)
withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
_ = withUnsafePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
}
listen(listener, 128)
var ends: [Int32] = [0, 0]
pipe(&ends)
var boot = ByteBuffer()
WorkerBootRecord(tenant: TenantID(1), slug: "a", timeZone: "UTC", database: "", nonce: [1, 2, 3], generation: 1, gatewayUserID: getuid(), limits: WorkerLimits(databaseConnections: 1, concurrentRequests: 1, openStreams: 1)).write(to: &boot)
_ = boot.withUnsafeReadableBytes { write(ends[1], $0.baseAddress, $0.count) }
var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("camet-worker"), nil]
var environment: [UnsafeMutablePointer<CChar>?] = [nil]
let program = CommandLine.arguments[0].replacing("camet-gateway", with: "camet-worker")
let child = camet_spawn_worker(program, &arguments, &environment, 1, listener, ends[0])
print("child", child)

let group = MultiThreadedEventLoopGroup.singleton
var connections: [ObjectIdentifier: WorkerConnection] = [:]
for loop in group.makeIterator() {
    let made = try await WorkerConnector.connect(path: path, settings: WorkerConnectionSettings(nonce: [1, 2, 3], generation: 1), on: loop, timeout: .seconds(5))
    connections[ObjectIdentifier(loop)] = made.connection
}
let fixed = connections
let first = fixed.values.first!
let principal = Principal(kind: .user(UserID(1), .viewer), tenant: TenantID(1))
struct Direct: HTTPResponder {
    typealias Context = BasicRequestContext
    let fixed: [ObjectIdentifier: WorkerConnection]
    let first: WorkerConnection
    let principal: Principal
    func respond(to request: Request, context: BasicRequestContext) async throws -> Response {
        if request.uri.path == "/hello" {
            return Response(status: .ok, headers: [.contentType: "application/json"], body: .init(byteBuffer: hello))
        }
        let connection = MultiThreadedEventLoopGroup.currentEventLoop.flatMap { fixed[ObjectIdentifier($0)] } ?? first
        let reply = try await connection.send(ListMasterData(resource: .plants, limit: 100, after: 0), principal: principal, requestID: "abcdefghijklmnop", deadline: .now() + .seconds(15))
        guard case .whole(let body) = reply.body else { throw HTTPError(.internalServerError) }
        return Response(status: .ok, headers: [.contentType: "application/json", .cacheControl: "private, no-store", .server: "camet"], body: .init(byteBuffer: body))
    }
}
let hello = ByteBuffer(repeating: 65, count: 1024)
let application = Application(
    responder: Direct(fixed: fixed, first: first, principal: principal),
    configuration: .init(address: .hostname("127.0.0.1", port: 8099)),
    eventLoopGroupProvider: .shared(group)
)
try await application.runService()
