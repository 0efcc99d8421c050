import Glibc
import Logging
import NIOCore
import NIOPosix
import Shared
import Synchronization

@testable import IPC

/// A generator whose numbers a seed decides.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// Answers with what the test says, by the name of the request.
final class TestResponder: RequestResponder {
    private let atOnce: @Sendable (IncomingRequest) -> Answer?
    private let later: @Sendable (IncomingRequest) async -> Answer

    init(
        atOnce: @escaping @Sendable (IncomingRequest) -> Answer? = { _ in nil },
        later: @escaping @Sendable (IncomingRequest) async -> Answer = { .whole(ReplyHead(), $0.body) }
    ) {
        self.atOnce = atOnce
        self.later = later
    }

    func answerAtOnce(_ request: IncomingRequest) -> Answer? { atOnce(request) }
    func answer(_ request: IncomingRequest) async -> Answer { await later(request) }
}

/// A door that opens once; whoever waits at it goes on then, also when cancelled.
final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [UnsafeContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    var isOpen: Bool { state.withLock { $0.isOpen } }

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for one in waiting { one.resume() }
    }

    func pass() async {
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                let isOpen = state.withLock { state in
                    if !state.isOpen { state.waiting.append(continuation) }
                    return state.isOpen
                }
                if isOpen { continuation.resume() }
            }
        } onCancel: {
            open()
        }
    }
}

/// A server and what is needed to connect to it, in one process.
struct IPCFixture: Sendable {
    static let tenant = TenantID(7)
    static let nonce: [UInt8] = [1, 2, 3, 4]
    static let principal = Principal(kind: .user(UserID(1), .viewer), tenant: tenant)

    let path: String
    let server: RequestServer
    let counter: RequestCounter
    let loop: any EventLoop

    static func run(
        responder: TestResponder = TestResponder(),
        hello: Hello = Hello(oldestVersion: 1, newestVersion: 1, nonce: nonce, generation: 5, processID: 1),
        gatewayUserID: UInt32 = geteuid(),
        maximumRequests: Int = 64,
        maximumBodyLength: Int = 4 << 20,
        _ body: @Sendable (IPCFixture) async throws -> Void
    ) async throws {
        let path = "/tmp/camet-ipc-\(UInt32.random(in: .min ... .max)).sock"
        defer { unlink(path) }
        let group = MultiThreadedEventLoopGroup.singleton
        let counter = RequestCounter()
        let server = try await RequestServer.start(
            descriptor: listen(path),
            settings: RequestServerSettings(
                tenant: tenant,
                hello: hello,
                gatewayUserID: gatewayUserID,
                maximumRequests: maximumRequests,
                maximumBodyLength: maximumBodyLength,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            ),
            responder: responder,
            counter: counter,
            group: group
        )
        let fixture = IPCFixture(path: path, server: server, counter: counter, loop: group.next())
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await body(fixture))
        } catch {
            outcome = .failure(error)
        }
        await server.drain(grace: .milliseconds(50))
        try outcome.get()
    }

    func connect(
        _ settings: WorkerConnectionSettings = WorkerConnectionSettings(nonce: nonce, generation: 5)
    ) async throws -> WorkerConnection {
        try await WorkerConnector.connect(path: path, settings: settings, on: loop, timeout: .seconds(5)).connection
    }

    private static func listen(_ path: String) throws -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let isBound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        guard isBound, Glibc.listen(descriptor, 64) == 0 else { throw IOError(errnoCode: errno, reason: "listen") }
        return descriptor
    }
}

extension WorkerConnection {
    /// A read whose answer is what the responder says.
    func ask(
        _ name: String = "request",
        body: ByteBuffer = ByteBuffer(),
        principal: Principal = IPCFixture.principal,
        seconds: Int64 = 10
    ) async throws(CallFailure) -> WorkerReply {
        try await send(
            ReadMasterData(resource: .plants, id: 1),
            principal: principal,
            requestID: name,
            deadline: .now() + .milliseconds(seconds * 1_000),
            body: body
        )
    }
}

extension WorkerReply {
    /// All of the body, read to its end.
    func collect() async throws -> ByteBuffer {
        switch body {
        case .whole(let bytes): return bytes
        case .arriving(let parts):
            var all = ByteBuffer()
            for try await part in parts { all.writeImmutableBuffer(part) }
            return all
        }
    }
}

/// How `body` failed; nil when it did not.
func failure(_ body: () async throws(CallFailure) -> some Sendable) async -> CallFailure? {
    do {
        _ = try await body()
        return nil
    } catch {
        return error
    }
}

/// Looks again and again until it is so, for at most ten seconds.
func eventually(_ isSo: @Sendable () -> Bool) async -> Bool {
    let end = NIODeadline.now() + .seconds(10)
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    while NIODeadline.now() < end {
        if isSo() { return true }
        try? await loop.scheduleTask(in: .milliseconds(5)) {}.futureResult.get()
    }
    return false
}
