import AsyncAlgorithms
import HTTPTypes
import IPC
import NIOCore
import Shared

/// The events of a worker on their way to one client, for as long as he may follow them.
struct FollowedEvents: Sendable {
    /// How often it is made sure that whoever follows still may.
    private static let checkInterval = Duration.seconds(2)

    /// Why there are no more.
    enum End: Sendable {
        case workerEnded
        case gatewayStops
        /// The sign-in that asked for them is over or has other rights.
        case rightsEnded
    }

    private enum Turn: Sendable {
        case part(ByteBuffer)
        case check
        case stop(End)
    }

    let services: Services
    let context: TenantContext

    /// - Parameter whoAsks: who it is that asks, looked up anew; nil or a fault for nobody.
    func response(
        to call: some WorkerCall, whoAsks: @escaping @Sendable () async throws -> VerifiedIdentity?
    ) async throws -> Response {
        var response = Response(
            status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"])
        // Of a head alone nothing follows: it takes no place, ends at once, and tells no length, as the stream has none.
        guard context.request.method != .head else {
            response.body = .init { _ in }
            return response
        }
        let place = try services.streams.take(for: context.principal)
        let events = try await events(of: call)
        response.body = .init { writer in
            defer { withExtendedLifetime(place) {} }
            _ = try await pass(events, whoAsks) { try await writer.write($0) }
        }
        response.body.isEndless = true
        return response
    }

    /// What the worker has to tell.
    func events(of call: some WorkerCall) async throws -> ReplyBodyStream {
        let reply = try await services.call(call, context)
        guard case .arriving(let events) = reply.body else { throw Fault(code: .internal) }
        return events
    }

    /// Passes events on until there are none, the gateway stops, or the sign-in that asked for them is over or has other
    /// rights.
    func pass(
        _ events: ReplyBodyStream,
        _ whoAsks: @escaping @Sendable () async throws -> VerifiedIdentity?,
        _ take: (ByteBuffer) async throws -> Void
    ) async throws -> End {
        let checks = AsyncTimerSequence(interval: Self.checkInterval, clock: .continuous)
        let turns = merge(
            // When the worker ends in order there are no more, and checks alone would keep the client waiting for ever.
            chain(events.map { Turn.part($0) }, [Turn.stop(.workerEnded)].async),
            checks.map { _ in Turn.check },
            services.stop.signals().map { _ in Turn.stop(.gatewayStops) }
        )
        for try await turn in turns {
            switch turn {
            case .stop(let end):
                return end
            case .part(let bytes):
                try await take(bytes)
            case .check:
                let identity = try? await whoAsks()
                guard let identity, identity.principal == context.principal,
                    identity.device == context.identity.device, !identity.mustEnrol
                else { return .rightsEnded }
            }
        }
        return .workerEnded
    }
}
