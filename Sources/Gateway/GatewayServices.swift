import HTTPTypes
import Hummingbird
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
        try await cancelWhenGracefulShutdown {
            try await socket.run(group: group)
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
                case .listening: remembered.setListening(true)
                case .missed: remembered.setListening(true)
                case .notification(_, let payload): remembered.hear(payload)
                }
            }
        }
    }
}

/// The text of /metrics, once the routes it counts are known.
final class Exposition: Sendable {
    private let source = Mutex<RequestMetrics?>(nil)

    var metrics: RequestMetrics? {
        get { source.withLock { $0 } }
        set { source.withLock { $0 = newValue } }
    }

    var text: String { metrics?.exposition ?? "" }
}

/// Serves /metrics on a socket of this machine.
struct MetricsListener {
    let path: String
    let exposition: Exposition
    let logger: Logger

    private struct Responder: HTTPResponder {
        let exposition: Exposition

        func respond(to request: Request, context: BasicRequestContext) async throws -> Response {
            guard request.uri.path == "/metrics" else { return Response(status: .notFound) }
            return ReadMetrics.answer(exposition.text)
        }
    }

    var application: some Service {
        Application(
            responder: Responder(exposition: exposition),
            configuration: .init(address: .unixDomainSocket(path: path)),
            eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton),
            logger: logger
        )
    }
}
