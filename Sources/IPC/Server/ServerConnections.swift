import NIOCore
import Synchronization

/// The open connections of a worker's server, so that they can be drained together.
final class ServerConnections: Sendable {
    private struct Member {
        var channel: any Channel
        var handler: NIOLoopBound<ServerConnectionHandler>
    }

    private struct State {
        var members: [ObjectIdentifier: Member] = [:]
        var isDraining = false
        var drained: EventLoopPromise<Void>?
    }

    private let eventLoop: any EventLoop
    private let state = Mutex(State())

    /// `eventLoop` measures the grace of a drain.
    init(_ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    /// Called on the channel's event loop. A connection that comes during a drain is drained at once.
    func add(_ handler: ServerConnectionHandler, on channel: any Channel) {
        let bound = NIOLoopBound(handler, eventLoop: channel.eventLoop)
        let isDraining = state.withLock { state in
            state.members[ObjectIdentifier(channel)] = Member(channel: channel, handler: bound)
            return state.isDraining
        }
        channel.closeFuture.whenComplete { [self] _ in remove(channel) }
        if isDraining { handler.drain() }
    }

    private func remove(_ channel: any Channel) {
        let drained = state.withLock { state in
            state.members[ObjectIdentifier(channel)] = nil
            return state.members.isEmpty ? state.drained.take() : nil
        }
        drained?.succeed()
    }

    func drain(grace: TimeAmount) async {
        let drained = eventLoop.makePromise(of: Void.self)
        let (members, isFirst) = state.withLock { state in
            let isFirst = !state.isDraining
            state.isDraining = true
            if isFirst, !state.members.isEmpty { state.drained = drained }
            return (Array(state.members.values), isFirst)
        }
        guard isFirst, !members.isEmpty else { return drained.succeed() }
        let expiry = eventLoop.scheduleTask(in: grace) { [self] in
            let late = state.withLock { Array($0.members.values) }
            for member in late { member.channel.close(promise: nil) }
        }
        for member in members {
            member.channel.eventLoop.execute { member.handler.value.drain() }
        }
        try? await drained.futureResult.get()
        expiry.cancel()
    }
}
