import CProcess
import Foundation
import Glibc
import NIOCore
import NIOPosix

/// Why the place of a running gateway cannot be taken.
enum TakeOverError: Error, CustomStringConvertible {
    /// It will not, or does not know how to.
    case refused(String)
    case noAnswer
    case foreignGateway
    case socket(ListeningSocketError)
    case system(step: String, code: Int32)

    var description: String {
        switch self {
        case .refused(let text): "the running gateway does not give its place: \(text)"
        case .noAnswer: "the running gateway does not answer"
        case .foreignGateway: "the running gateway is another user's"
        case .socket(let error): "\(error)"
        case .system(let step, let code): "\(step): \(String(cString: strerror(code)))"
        }
    }
}

/// The gateway that serves a run folder now, as whoever wants to take its place sees it.
struct RunningGateway: Sendable {
    /// For its answer. What is in flight has longer.
    private static let patience: Int32 = 10
    /// Milliseconds for its answer when it has given the sockets; nobody accepts meanwhile.
    private static let longestAnswer: Int32 = 3_000

    let runFolder: String

    /// What it gives away.
    struct Gift: Sendable {
        var listeners: [Int32]
        /// Whether somebody else keeps them too, as systemd does with those of a socket unit.
        var outlive: Bool
        /// The process that has given it, and ends.
        var process: Int32
    }

    /// Asks it for its listening sockets. It accepts no more then, gives its tenants up one by one, finishes what is in flight, and
    /// ends.
    ///
    /// - Returns: nil when no gateway runs.
    /// - Throws: `TakeOverError`; then it goes on as before.
    func takeOver() async throws -> Gift? {
        try await NIOSingletons.posixBlockingThreadPool.runIfActive { try ask() }
    }

    private func ask() throws(TakeOverError) -> Gift? {
        let admin = camet_connect(runFolder + "/admin.sock", Self.patience)
        if admin == -ENOENT || admin == -ECONNREFUSED { return nil }
        guard admin >= 0 else { throw .system(step: "the running gateway cannot be asked", code: -admin) }
        defer { close(admin) }
        let gateway = try peer(of: admin)
        guard gateway.user_id == geteuid() else { throw .foreignGateway }
        let path = HandOver.path(runFolder)
        let listener: Int32
        do {
            listener = try ListeningSocket.make(path: path, backlog: 1)
        } catch {
            throw .socket(error)
        }
        defer {
            close(listener)
            unlink(path)
        }
        let line = Array("{\"verb\":\"gateway_yield\",\"moves_tenants\":true}\n".utf8)
        guard send(admin, line, line.count, Int32(MSG_NOSIGNAL)) == line.count else { throw .noAnswer }
        let connection = try accept(listener, unless: admin)
        defer { close(connection) }
        guard try peer(of: connection).process_id == gateway.process_id else { throw .noAnswer }
        var gift = try receive(connection)
        gift.process = gateway.process_id
        awaitAnswer(on: admin)
        return gift
    }

    /// It answers when it has told its service manager who follows; before that nobody would hear this one. The sockets are here, so
    /// this one serves without an answer too.
    private func awaitAnswer(on admin: Int32) {
        var poller = pollfd(fd: admin, events: Int16(POLLIN), revents: 0)
        poll(&poller, 1, Self.longestAnswer)
    }

    private func peer(of connection: Int32) throws(TakeOverError) -> camet_peer_credentials {
        var peer = camet_peer_credentials()
        let refused = camet_read_peer(connection, &peer)
        guard refused == 0 else { throw .system(step: "whose gateway it is", code: refused) }
        return peer
    }

    /// Waits for the gateway to come, or to say why it does not.
    private func accept(_ listener: Int32, unless admin: Int32) throws(TakeOverError) -> Int32 {
        var pollers = [
            pollfd(fd: listener, events: Int16(POLLIN), revents: 0),
            pollfd(fd: admin, events: Int16(POLLIN), revents: 0),
        ]
        guard poll(&pollers, nfds_t(pollers.count), Self.patience * 1_000) > 0 else { throw .noAnswer }
        guard pollers[0].revents != 0 else { throw refusal(from: admin) }
        let connection = Glibc.accept(listener, nil, nil)
        guard connection >= 0, fcntl(connection, F_SETFD, FD_CLOEXEC) == 0 else {
            throw .system(step: "the running gateway", code: errno)
        }
        return connection
    }

    private func receive(_ connection: Int32) throws(TakeOverError) -> Gift {
        _ = camet_limit_waiting(connection, Self.patience)
        var descriptors = [Int32](repeating: -1, count: camet_most_descriptors)
        var holders = camet_held_by_sender
        let count = camet_receive_descriptors(connection, &descriptors, &holders)
        guard count > 0 else { throw .system(step: "no sockets came", code: -count) }
        let listeners = Array(descriptors.prefix(Int(count)))
        guard listeners.allSatisfy({ camet_is_listening($0) != 0 }) else {
            for descriptor in listeners { close(descriptor) }
            throw .system(step: "what came is no listening socket", code: EPROTO)
        }
        return Gift(listeners: listeners, outlive: holders == camet_held_by_others, process: 0)
    }

    private struct Answer: Decodable {
        var error: String?
    }

    private func refusal(from admin: Int32) -> TakeOverError {
        var bytes = [UInt8](repeating: 0, count: AdminSocket.longestLine)
        let count = recv(admin, &bytes, bytes.count, 0)
        guard count > 0, let answer = try? JSONDecoder().decode(Answer.self, from: Data(bytes[..<count])),
            let text = answer.error
        else { return .noAnswer }
        return .refused(text)
    }
}
