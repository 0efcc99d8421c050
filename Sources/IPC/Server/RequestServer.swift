package import Logging
package import NIOCore
import NIOPosix
package import Shared
import Synchronization

/// What a worker's server is told once.
package struct RequestServerSettings: Sendable {
    package var tenant: TenantID
    package var hello: Hello
    /// The only user id whose processes may connect.
    package var gatewayUserID: UInt32
    /// The only process of that user that may connect; nil where the user is the gateway's alone.
    package var gatewayProcessID: Int32?
    /// Requests in progress on one connection, at most.
    package var maximumRequests: Int
    /// Bytes of a request's body, at most.
    package var maximumBodyLength: Int
    package var logger: Logger

    package init(
        tenant: TenantID,
        hello: Hello,
        gatewayUserID: UInt32,
        gatewayProcessID: Int32? = nil,
        maximumRequests: Int,
        maximumBodyLength: Int,
        logger: Logger
    ) {
        self.tenant = tenant
        self.hello = hello
        self.gatewayUserID = gatewayUserID
        self.gatewayProcessID = gatewayProcessID
        self.maximumRequests = maximumRequests
        self.maximumBodyLength = maximumBodyLength
        self.logger = logger
    }
}

extension RequestServerSettings {
    func mayConnect(_ peer: Peer) -> Bool {
        peer.userID == gatewayUserID && (gatewayProcessID == nil || gatewayProcessID == peer.processID)
    }
}

/// Counts the requests a worker has received since it started.
package final class RequestCounter: Sendable {
    private let count = Atomic<UInt64>(0)

    package init() {}

    package var received: UInt64 { count.load(ordering: .relaxed) }

    func countRequest() {
        count.wrappingAdd(1, ordering: .relaxed)
    }
}

/// Serves the gateway's connections on a listening socket that the worker has inherited.
package struct RequestServer: Sendable {
    private let listener: any Channel
    private let connections: ServerConnections

    /// Completes when the server accepts no more connections.
    package var closed: EventLoopFuture<Void> { listener.closeFuture }

    /// Starts to accept on `descriptor`, a listening Unix-domain socket that now belongs to the returned server.
    package static func start(
        descriptor: CInt,
        settings: RequestServerSettings,
        responder: any RequestResponder,
        counter: RequestCounter,
        group: any EventLoopGroup
    ) async throws -> RequestServer {
        let connections = ServerConnections(group.next())
        let listener = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                let credentials = (channel as? any SocketOptionProvider)?.peer()
                guard let credentials else {
                    settings.logger.error("a connection's user cannot be told; closing it")
                    return channel.close()
                }
                return credentials.flatMap { peer in
                    guard settings.mayConnect(peer) else {
                        settings.logger.error(
                            "refusing a connection of somebody else",
                            metadata: ["uid": "\(peer.userID)", "pid": "\(peer.processID)"]
                        )
                        return channel.close()
                    }
                    return channel.eventLoop.makeCompletedFuture {
                        let operations = channel.pipeline.syncOperations
                        try operations.addHandler(ByteToMessageHandler(FrameDecoder()))
                        try operations.addHandler(
                            ServerConnectionHandler(
                                settings: settings,
                                responder: responder,
                                counter: counter,
                                connections: connections
                            )
                        )
                    }
                }
            }
            .withBoundSocket(descriptor)
            .get()
        return RequestServer(listener: listener, connections: connections)
    }

    /// Accepts nothing more, answers what is in flight and returns when the last connection has ended. What is not
    /// finished after `grace` is cut off; streams without an end of their own should be ended by the responder first.
    package func drain(grace: TimeAmount) async {
        try? await listener.close()
        await connections.drain(grace: grace)
    }
}
