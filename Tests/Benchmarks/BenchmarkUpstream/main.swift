import Hummingbird
import NIOCore

// What the gateway's inner hop is compared with: a minimal server on a Unix-domain socket.
// Usage: BenchmarkUpstream SOCKET BYTES

guard CommandLine.arguments.count == 3, let bytes = Int(CommandLine.arguments[2]) else {
    preconditionFailure("usage: BenchmarkUpstream SOCKET BYTES")
}
let body = ByteBuffer(repeating: UInt8(ascii: "x"), count: bytes)
let router = Router()
let answer = Response(status: .ok, headers: [.contentType: "application/json"], body: .init(byteBuffer: body))
router.get("/") { _, _ in answer }
router.get("**") { _, _ in answer }
let application = Application(
    router: router,
    configuration: .init(address: .unixDomainSocket(path: CommandLine.arguments[1]))
)
try await application.runService()
