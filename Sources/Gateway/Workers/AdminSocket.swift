import Glibc
import IPC
import Logging
package import NIOCore
import NIOPosix
import Shared

/// Answers the operations CLI of this machine on a Unix-domain socket: a line of JSON for a line of JSON.
///
/// Only processes of the gateway's own user that are no workers, and of root, are answered.
package struct AdminSocket: Sendable {
    /// Bytes of one line, at most.
    package static let longestLine = 4096

    package let path: String
    private let supervisor: WorkerSupervisor
    private let handOver: HandOver?
    private let before: GatewayBefore?
    private let logger: Logger

    /// - Parameters:
    ///   - runFolder: the gateway's folder of sockets.
    ///   - handOver: nil where the gateway's place is not given to another one.
    ///   - before: may still listen, which is asked no more; its workers are not answered either.
    init(
        runFolder: String, supervisor: WorkerSupervisor, handOver: HandOver? = nil, before: GatewayBefore? = nil,
        logger: Logger
    ) {
        path = runFolder + "/admin.sock"
        self.supervisor = supervisor
        self.handOver = handOver
        self.before = before
        self.logger = logger
    }

    /// Serves until its task is cancelled; then the socket file is taken away, unless it is the next gateway's.
    ///
    /// - Throws: `ListeningSocketError`, among others when another gateway serves the same data folder.
    package func run(group: any EventLoopGroup) async throws {
        try ListeningSocket.makeFolder(String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]))
        let descriptor = try ListeningSocket.make(path: path, replacing: before != nil)
        let server = try await ServerBootstrap(group: group)
            .bind(descriptor) { channel in
                checkedPeer(of: channel).flatMapThrowing { process in
                    try channel.pipeline.syncOperations.addHandler(
                        ByteToMessageHandler(LineDecoder(), maximumBufferSize: Self.longestLine)
                    )
                    return (
                        process, try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                    )
                }
            }
        defer { if handOver?.isGiven != true { unlink(path) } }
        try await withThrowingDiscardingTaskGroup { tasks in
            try await server.executeThenClose { clients in
                for try await (process, client) in clients {
                    tasks.addTask { await serve(client, of: process) }
                }
            }
        }
    }

    /// The process that asks; nil when it is not answered.
    private func checkedPeer(of channel: any Channel) -> EventLoopFuture<Int32?> {
        guard let options = channel as? any SocketOptionProvider else {
            return channel.eventLoop.makeSucceededFuture(nil)
        }
        return options.peer().map { [supervisor, before] peer in
            let isWorker = { supervisor.isWorker(peer.processID) || before?.mayHaveStarted(peer.processID) ?? false }
            let isAllowed = peer.userID == 0 || peer.userID == geteuid() && !isWorker()
            return isAllowed ? peer.processID : nil
        }
    }

    private func serve(_ client: NIOAsyncChannel<ByteBuffer, ByteBuffer>, of process: Int32?) async {
        do {
            try await client.executeThenClose { lines, answers in
                guard let process else { return }
                do {
                    for try await line in lines {
                        try await answers.write(await answer(line, of: process).line)
                    }
                } catch is ByteToMessageDecoderError.PayloadTooLargeError {
                    try await answers.write(AdminAnswer.refused("the line is too long").line)
                }
            }
        } catch {
            logger.debug("a connection of the operations CLI broke", metadata: ["cause": "\(error)"])
        }
    }

    private func answer(_ line: ByteBuffer, of process: Int32) async -> AdminAnswer {
        do {
            switch try AdminRequest(line: line) {
            case .gatewayYield(let movesTenants):
                guard let handOver else { return .refused("there is nothing to give") }
                try await handOver.give(to: process, movesTenants: movesTenants)
                return .done
            case .workerList:
                return .workers(await supervisor.statistics())
            case .workerRestart(let slug):
                guard let name = try await supervisor.tenants.all().first(where: { $0.slug == slug }) else {
                    return .refused("unknown tenant: \(slug)")
                }
                guard supervisor.restart(name.tenant) else { return .refused("\(slug) is suspended") }
                logger.notice("a worker is restarted by an operator", metadata: ["tenant": "\(slug)"])
                return .done
            case .workerDrain(let slug):
                guard let name = try await supervisor.tenants.all().first(where: { $0.slug == slug }) else {
                    return .refused("unknown tenant: \(slug)")
                }
                supervisor.drain(name.tenant)
                logger.notice("a worker is drained by an operator", metadata: ["tenant": "\(slug)"])
                return .done
            case .stopsRebuild(let slug, let line):
                guard let name = try await supervisor.tenants.all().first(where: { $0.slug == slug }) else {
                    return .refused("unknown tenant: \(slug)")
                }
                return try await rebuildStops(of: line, name.tenant)
            }
        } catch let refusal as AdminRequest.Refusal {
            return .refused(refusal.text)
        } catch let refusal as HandOver.Refusal {
            return .refused(refusal.text)
        } catch {
            logger.error("an operator's request failed", metadata: ["cause": "\(error)"])
            return .refused("the gateway cannot answer now; its log says why")
        }
    }
}

extension AdminSocket {
    /// How long a rebuild of one line's stops may take.
    private static let longestRebuild: TimeAmount = .minutes(10)

    private func rebuildStops(of line: LineID, _ tenant: TenantID) async throws -> AdminAnswer {
        let reply = try await supervisor.call(
            RebuildStops(line: line),
            principal: Principal(kind: .system, tenant: tenant),
            requestID: RequestID.random(),
            deadline: .now() + Self.longestRebuild,
            on: MultiThreadedEventLoopGroup.singleton.any()
        )
        guard case .whole(let bytes) = reply.body else { return .refused("the worker's answer is too long") }
        return .worker(bytes)
    }
}

/// Cuts bytes into lines, without their ends.
private struct LineDecoder: NIOSingleStepByteToMessageDecoder {
    typealias InboundOut = ByteBuffer

    mutating func decode(buffer: inout ByteBuffer) throws -> ByteBuffer? {
        guard let end = buffer.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) else {
            if buffer.readableBytes >= AdminSocket.longestLine {
                throw ByteToMessageDecoderError.PayloadTooLargeError()
            }
            return nil
        }
        let line = buffer.readSlice(length: end - buffer.readerIndex)
        buffer.moveReaderIndex(forwardBy: 1)
        return line
    }

    mutating func decodeLast(buffer: inout ByteBuffer, seenEOF: Bool) throws -> ByteBuffer? {
        try decode(buffer: &buffer)
    }
}
