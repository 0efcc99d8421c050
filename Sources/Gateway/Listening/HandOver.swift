import CProcess
import Glibc
import Logging
import Synchronization

/// Gives this gateway's place to another one of the same folder: its listening sockets, then its tenants one by one, and
/// everything else by ending.
final class HandOver: Sendable {
    /// Why it is not given; for people.
    struct Refusal: Error, Equatable {
        var text: String
    }

    /// Whoever takes over listens here for the sockets.
    static func path(_ runFolder: String) -> String { runFolder + "/takeover.sock" }

    /// What has been given.
    private enum State {
        case nothing
        case sockets(movesTenants: Bool)
    }

    private let path: String
    private let sources: ListenerSources
    private let claims: TenantClaims
    private let succession: Succession?
    private let end: @Sendable () -> Void
    private let logger: Logger
    private let state = Mutex(State.nothing)

    /// - Parameters:
    ///   - succession: says who may have this gateway's place; nil: whoever is of its user may.
    ///   - end: lets the gateway finish what is in flight and end; called once, after the sockets have been given.
    init(
        runFolder: String, sources: ListenerSources, claims: TenantClaims, succession: Succession? = nil,
        end: @escaping @Sendable () -> Void, logger: Logger
    ) {
        path = Self.path(runFolder)
        self.sources = sources
        self.claims = claims
        self.succession = succession
        self.end = end
        self.logger = logger
    }

    /// Whether what has a name in the run folder is another gateway's.
    var isGiven: Bool {
        state.withLock { state in
            if case .sockets = state { true } else { false }
        }
    }

    /// Whether the tenants go one by one to whoever has the sockets.
    var movesTenants: Bool {
        state.withLock { state in
            if case .sockets(movesTenants: true) = state { true } else { false }
        }
    }

    /// - Parameters:
    ///   - process: who asks, as the system says; nobody else is given anything.
    ///   - movesTenants: whether it takes the tenants one by one.
    func give(to process: Int32, movesTenants: Bool) async throws(Refusal) {
        guard sources.before?.hasEnded ?? true, claims.isWhole else {
            throw Refusal(text: "it has taken another one's place, which has not ended yet; ask again in a moment")
        }
        guard let succession else {
            try send(to: process, movesTenants)
            logger.notice("another gateway takes over", metadata: ["pid": "\(process)"])
            return end()
        }
        guard succession.begin(with: process) else {
            throw Refusal(text: "SIGUSR2 has it start whoever follows it by itself, so that its service manager knows")
        }
        do throws(Refusal) {
            try send(to: process, movesTenants)
        } catch {
            succession.keep()
            throw error
        }
        guard await succession.follow() else {
            takeBack()
            throw Refusal(text: "it has ended, or the service manager cannot be told of it")
        }
        logger.notice("another gateway takes over", metadata: ["pid": "\(process)"])
        end()
    }

    /// Sends the sockets to the process that listens for them.
    private func send(to process: Int32, _ movesTenants: Bool) throws(Refusal) {
        let connection = camet_connect(path, 5)
        guard connection >= 0 else { throw refusal("nobody listens at \(path)", -connection) }
        defer { close(connection) }
        var peer = camet_peer_credentials()
        let refused = camet_read_peer(connection, &peer)
        guard refused == 0, peer.process_id == process, peer.user_id == geteuid() else {
            throw Refusal(text: "somebody else listens at \(path)")
        }
        let notGiven = state.withLock { state in
            guard case .nothing = state else { return EALREADY }
            // Free when whoever gets the sockets looks.
            claims.giveUpConnections()
            let notGiven = sources.listeners.give(over: connection)
            if notGiven == 0 { state = .sockets(movesTenants: movesTenants) } else { claims.keepConnections() }
            return notGiven
        }
        guard notGiven == 0 else {
            throw notGiven == EALREADY
                ? Refusal(text: "this gateway ends already") : refusal("the sockets cannot be given", notGiven)
        }
    }

    /// Whoever has got the sockets is no more, and has accepted nothing.
    private func takeBack() {
        state.withLock { state in
            sources.listeners.takeBack()
            claims.keepConnections()
            state = .nothing
        }
    }

    private func refusal(_ text: String, _ code: Int32) -> Refusal {
        Refusal(text: "\(text): \(String(cString: strerror(code)))")
    }
}
