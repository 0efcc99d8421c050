import HTTPTypes
import HummingbirdCore
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
    let logger: Logger

    func run() async throws {
        let channel = try Identifier("identity_changed")
        let events = try NotificationListener.events(database, channels: [channel], logger: logger)
        await cancelWhenGracefulShutdown {
            for await event in events {
                switch event {
                case .listening: remembered.beginListening()
                case .lost: remembered.endListening()
                case .missed: remembered.forgetAll()
                case .notification(_, let payload): remembered.hear(payload)
                }
            }
        }
    }
}

/// The text of /metrics, once the routes it counts are known.
final class Exposition: Sendable {
    private let statements: StatementMetrics
    private let source = Mutex<RequestMetrics?>(nil)

    init(statements: StatementMetrics) {
        self.statements = statements
    }

    var metrics: RequestMetrics? {
        get { source.withLock { $0 } }
        set { source.withLock { $0 = newValue } }
    }

    func text() async -> String {
        await (metrics?.exposition ?? "") + statements.exposition()
    }
}

/// Serves /metrics on a socket of this machine.
struct MetricsListener {
    let path: String
    let exposition: Exposition
    let logger: Logger

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

    func service(_ dates: HTTPDates) -> any Service {
        HTTPConnections(
            responder: Responder(exposition: exposition), dates: dates, pace: RequestPace(), proxies: .none
        ).server(
            configuration: ServerConfiguration(address: .unixDomainSocket(path: path)),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: logger
        )
    }
}

/// Tells whatever would go on for ever that the gateway is about to end.
final class GracefulStop: Service {
    private struct State {
        var isStopping = false
        var listeners: [Int: AsyncStream<Void>.Continuation] = [:]
        var next = 0
    }

    private let state = Mutex(State())

    /// One element when the gateway is told to end, at once when it already was.
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
