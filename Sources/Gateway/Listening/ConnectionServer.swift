import NIOCore
import NIOPosix
import ServiceLifecycle

/// Serves the connections that come by listening sockets. It makes none itself: whose they are and where they come
/// from is all the same to it.
///
/// Told to end, it accepts no more, answers what is in flight, and returns when the last connection has ended and its turn to end
/// has come.
struct ConnectionServer: Service {
    /// How long clients that keep a connection have for one more request on it, when somebody else accepts further
    /// ones.
    private static let patience = TimeAmount.seconds(1)

    let connections: HTTPConnections
    let listeners: RequestListeners
    let group: any EventLoopGroup
    /// Tells it before its turn has come, and hears of it when nothing is accepted any more; nil: its turn does.
    var stop: GracefulStop?
    /// Connections open at the same time, at most; nil: no limit.
    var mostConnections: Int?
    /// Called once when connections are accepted, with the first port; nil: there is none.
    var onListening: @Sendable (_ port: Int?) -> Void = { _ in }
    /// Called when somebody else accepts further connections, and none of those there are can bring a new request.
    var onLastRequest: @Sendable () async -> Void = {}

    func run() async throws {
        let open = OpenConnections(group.any())
        var accepting: [any Channel] = []
        for descriptor in listeners.descriptors {
            accepting.append(try await bootstrap(open).withBoundSocket(descriptor).get())
        }
        onListening(accepting.lazy.compactMap { $0.localAddress?.port }.first)
        await waitForStop()
        let isSucceeded = listeners.close()
        await close(accepting)
        if isSucceeded {
            await open.move(patience: Self.patience, onTold: told)
            await turn()
            await onLastRequest()
        }
        await open.end(onTold: told)
        await waitForTurn()
    }

    /// Every connection has heard.
    private func told() async {
        await turn()
        stop?.accepted()
    }

    private func waitForStop() async {
        guard let stop else { return await waitForTurn() }
        await stop.waitForBegin()
    }

    /// It throws when another service has failed: then this one ends in the same way.
    private func waitForTurn() async {
        try? await gracefulShutdown()
    }

    /// Each event loop has done what it had to.
    private func turn() async {
        for loop in group.makeIterator() { try? await loop.submit {}.get() }
    }

    private func bootstrap(_ open: OpenConnections) -> ServerBootstrap {
        let connections = connections
        // Each socket has its share, so that none takes all places of another.
        let most = mostConnections.map { max($0 / listeners.descriptors.count, 1) }
        return ServerBootstrap(group: group)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let most { try pipeline.addHandler(AcceptLimit(most: most)) }
                    // Without descriptors left it tries again a second later.
                    try pipeline.addHandler(AcceptBackoffHandler(shouldForwardIOErrorCaught: false))
                }
            }
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                connections.setup(channel: channel).map { open.add(channel) }
            }
    }

    /// Accepts no more. What has been accepted is set up on another event loop and comes back, and would be closed
    /// unanswered if its socket were closed meanwhile: so that is waited for.
    private func close(_ accepting: [any Channel]) async {
        for channel in accepting { try? await channel.setOption(.autoRead, value: false).get() }
        await turn()
        for channel in accepting {
            try? await channel.eventLoop.submit {}.get()
            try? await channel.close()
        }
    }
}
