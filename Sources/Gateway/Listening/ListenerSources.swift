import Logging
import NIOCore

/// What a gateway begins to serve with.
struct ListenerSources {
    var listeners: RequestListeners
    /// Nil when there was none, or it has ended already.
    var before: GatewayBefore?

    /// The sockets that whoever started the gateway hands to it; else those of the gateway whose place it takes, when
    /// it is told to and one runs; else one of its own.
    ///
    /// Everything else that can fail comes before it.
    /// - Parameters:
    ///   - takesOver: whether a running gateway is to end for this one.
    ///   - isWatched: whether a service manager ends everything of the service with this gateway.
    ///   - claims: all are this gateway's when it returns, unless there is one before that gives its tenants up one by one;
    ///     then the right to accept connections is.
    static func open(
        _ settings: GatewaySettings,
        takesOver: Bool,
        isWatched: Bool,
        claims: TenantClaims,
        environment: [String: String],
        logger: Logger
    ) async throws -> ListenerSources {
        let claim = try RunFolderClaim(runFolder: settings.runFolder)
        let inherited = try InheritedListeners.read(environment: environment)
        if !inherited.isEmpty {
            // Whoever handed them over may have told the gateway before this one to end a moment ago.
            try await claim.takeWhenFree()
            try await takeAll(claims, settings)
            return ListenerSources(listeners: RequestListeners(inherited, outlive: true))
        }
        let running = RunningGateway(runFolder: settings.runFolder)
        if takesOver, let gift = try await running.takeOver() {
            let listeners = RequestListeners(gift.listeners, outlive: gift.outlive)
            let before = GatewayBefore(
                process: gift.process, longestEnd: settings.longestEnd, isAwaited: isWatched, claim: claim,
                logger: logger)
            // One that has claims gives them up by itself; of one that has none everything is free when it has ended.
            if try !claims.takeAll() {
                guard try claims.takeConnections() else { throw RunFolderClaim.Failure.taken(settings.runFolder) }
                logger.notice("tenants move here from the running gateway", metadata: ["pid": "\(gift.process)"])
                return ListenerSources(listeners: listeners, before: before)
            }
            logger.notice("waiting for the running gateway to finish", metadata: ["pid": "\(gift.process)"])
            try await before.waitForEnd()
            try await takeAll(claims, settings)
            return ListenerSources(listeners: listeners)
        }
        let own = try BoundListener.open(host: settings.bindAddress, port: settings.port)
        try claim.take()
        try await takeAll(claims, settings)
        return ListenerSources(listeners: RequestListeners([own], outlive: false))
    }

    /// Of a process that ends, the system gives back one lock after another.
    private static func takeAll(_ claims: TenantClaims, _ settings: GatewaySettings) async throws {
        let latest = ContinuousClock.now + .seconds(1)
        while try !claims.takeAll() {
            guard .now < latest else { throw RunFolderClaim.Failure.taken(settings.runFolder) }
            // The system tells nobody when a lock is free; waiting in `fcntl` would hold a thread that cannot be cancelled.
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}
