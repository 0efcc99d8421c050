import NIOCore
import Synchronization

/// The connections that clients have to this gateway, so that they can be ended together.
final class OpenConnections: Sendable {
    private enum Phase {
        case serving
        /// Each may have one more answer.
        case moving
        /// What nobody waits for ends.
        case ending
    }

    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var phase = Phase.serving
        var ended: EventLoopPromise<Void>?
    }

    private let eventLoop: any EventLoop
    private let state = Mutex(State())

    /// - Parameter eventLoop: measures how long `move` waits, and is where the end of all is told.
    init(_ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    /// Called on the channel's event loop, when its handlers are in place. One that comes late is told as the others
    /// were.
    func add(_ channel: any Channel) {
        let phase = state.withLock { state in
            state.channels[ObjectIdentifier(channel)] = channel
            return state.phase
        }
        channel.closeFuture.whenComplete { [self] _ in remove(channel) }
        // In a turn of its own: it becomes active first.
        if phase != .serving { channel.eventLoop.execute { Self.tell(channel, phase) } }
    }

    private func remove(_ channel: any Channel) {
        let ended = state.withLock { state in
            state.channels[ObjectIdentifier(channel)] = nil
            return state.channels.isEmpty ? state.ended.take() : nil
        }
        ended?.succeed()
    }

    /// Lets each have one more request. Returns when all have ended, or when their time for that is over and those on which
    /// nothing is asked have been told to end. To be called once, when nothing is accepted any more.
    ///
    /// - Parameters:
    ///   - patience: how long those on which nothing is asked are kept for a last request.
    ///   - onTold: called when what tells each is on its way to its event loop.
    func move(patience: TimeAmount, onTold: () async -> Void) async {
        let ended = awaitEnd()
        enter(.moving)
        await onTold()
        guard let ended else { return }
        let expiry = eventLoop.scheduleTask(in: patience) { ended.succeed() }
        try? await ended.futureResult.get()
        expiry.cancel()
        enter(.ending)
    }

    /// Ends all when what is in flight has been answered, and returns then. To be called once, when nothing is
    /// accepted any more.
    ///
    /// - Parameter onTold: as for `move`.
    func end(onTold: () async -> Void) async {
        let ended = awaitEnd()
        enter(.ending)
        await onTold()
        try? await ended?.futureResult.get()
    }

    /// What succeeds when all have ended; nil when they have.
    private func awaitEnd() -> EventLoopPromise<Void>? {
        state.withLock { state in
            guard !state.channels.isEmpty else { return nil }
            let ended = eventLoop.makePromise(of: Void.self)
            state.ended = ended
            return ended
        }
    }

    private func enter(_ phase: Phase) {
        let channels = state.withLock { state in
            state.phase = phase
            return Array(state.channels.values)
        }
        for channel in channels { Self.tell(channel, phase) }
    }

    private static func tell(_ channel: any Channel, _ phase: Phase) {
        switch phase {
        case .serving: break
        case .moving: channel.pipeline.fireUserInboundEventTriggered(LastRequestEvent())
        case .ending: channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        }
    }
}
