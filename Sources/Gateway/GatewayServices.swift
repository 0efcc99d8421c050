import HTTPTypes
import Logging
import NIOCore
import NIOPosix
import PostgresClient
import ServiceLifecycle
import Shared
import Synchronization

/// Closes the pool of the global database when nothing uses it any more.
struct DatabaseService: Service {
    let pool: PostgresPool

    func run() async throws {
        try await gracefulShutdown()
        await pool.close()
    }
}

/// Starts and watches workers; ends them when the gateway has stopped serving.
struct WorkersService: Service {
    let workers: WorkerSupervisor

    func run() async throws {
        await withGracefulShutdownHandler {
            await workers.run()
        } onGracefulShutdown: {
            Task { await workers.shutDown() }
        }
    }
}

/// Answers the operations CLI.
struct AdminService: Service {
    let socket: AdminSocket
    let group: any EventLoopGroup

    func run() async throws {
        do {
            try await cancelWhenGracefulShutdown {
                try await socket.run(group: group)
            }
        } catch is CancellationError {
            // Told to end. Thrown on, it would cancel the services that end after this one, and what they have to write.
        }
    }
}

/// Hears of changes of users, memberships, tenants, sign-ins and keys, and forgets who they concern.
struct IdentityChanges: Service {
    let database: ConnectionSettings
    let remembered: RememberedIdentities
    /// Hear of changes of tenants.
    let workers: WorkerSupervisor
    let logger: Logger

    func run() async throws {
        let channel = try Identifier("identity_changed")
        let events = try NotificationListener.events(database, channels: [channel], logger: logger)
        await cancelWhenGracefulShutdown {
            for await event in events {
                switch event {
                case .listening:
                    remembered.beginListening()
                    workers.registryChanged(nil)
                case .lost: remembered.endListening()
                case .missed:
                    remembered.forgetAll()
                    workers.registryChanged(nil)
                case .notification(_, let payload):
                    remembered.hear(payload)
                    if payload.hasPrefix("tenant:"), let tenant = Int64(payload.dropFirst("tenant:".count)) {
                        workers.registryChanged(TenantID(tenant))
                    }
                }
            }
        }
    }
}

/// The text of /metrics, once the routes it counts are known.
final class Exposition: Sendable {
    private let statements: StatementMetrics
    private let workers: WorkerMetrics
    private let schedule: ScheduleCounts
    private let source = Mutex<RequestMetrics?>(nil)

    init(statements: StatementMetrics, workers: WorkerMetrics, schedule: ScheduleCounts) {
        self.statements = statements
        self.workers = workers
        self.schedule = schedule
    }

    var metrics: RequestMetrics? {
        get { source.withLock { $0 } }
        set { source.withLock { $0 = newValue } }
    }

    func text() async -> String {
        await (metrics?.exposition ?? "") + workers.exposition() + schedule.exposition() + statements.exposition()
    }
}

/// Serves /metrics on a socket of this machine.
struct MetricsListener: Service {
    let path: String
    let exposition: Exposition
    let dates: HTTPDates
    let group: any EventLoopGroup

    private struct Responder: HTTPResponder {
        let exposition: Exposition

        func answer(_ request: Request) async -> Answer {
            guard request.uri.path == "/metrics" else { return answer(Response(status: .notFound)) }
            return answer(ReadMetrics.answer(await exposition.text()))
        }

        func refusal(_ code: FaultCode, _ fields: RequestFields?, from client: ClientAddress) -> Answer {
            answer(Response(status: code.status), closesConnection: true)
        }

        private func answer(_ response: Response, closesConnection: Bool = false) -> Answer {
            Answer(
                response: response,
                requestID: RequestID.random(),
                microseconds: 0,
                pageNonce: nil,
                closesConnection: closesConnection
            )
        }
    }

    func run() async throws {
        // What still has the name is the gateway's before, which is asked no more, or left of one that was killed.
        let descriptor = try ListeningSocket.make(path: path, replacing: true)
        try await ConnectionServer(
            connections: HTTPConnections(
                responder: Responder(exposition: exposition), dates: dates, pace: RequestPace(), proxies: .none),
            listeners: RequestListeners([descriptor], outlive: false),
            group: group
        ).run()
    }
}

/// Tells whatever would go on for ever that the gateway is about to end: first the server, which accepts no more and lets each
/// connection have no more than what is asked on it, and then streams, so that none of them is opened anew here.
final class GracefulStop: Service {
    private struct State {
        var isStopping = false
        var listeners: [Int: AsyncStream<Void>.Continuation] = [:]
        var next = 0
    }

    private let state = Mutex(State())
    private let (begins, begin) = AsyncStream.makeStream(of: Void.self)
    private let (acceptsNoMore, endAccepting) = AsyncStream.makeStream(of: Void.self)

    /// Returns when the gateway is told to end, or the task is cancelled. For the server alone, which calls `accepted` then.
    func waitForBegin() async {
        for await _ in begins {}
    }

    /// The server accepts no more, and every connection has been told.
    func accepted() {
        endAccepting.finish()
    }

    /// One element when streams are to end, at once when they already were.
    func signals() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        let number = state.withLock { state -> Int? in
            guard !state.isStopping else { return nil }
            defer { state.next += 1 }
            state.listeners[state.next] = continuation
            return state.next
        }
        guard let number else {
            continuation.yield()
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [self] _ in
            _ = state.withLock { $0.listeners.removeValue(forKey: number) }
        }
        return stream
    }

    func run() async throws {
        try await gracefulShutdown()
        begin.finish()
        for await _ in acceptsNoMore {}
        let listeners = state.withLock { state in
            state.isStopping = true
            return Array(state.listeners.values)
        }
        for listener in listeners {
            listener.yield()
            listener.finish()
        }
    }
}
