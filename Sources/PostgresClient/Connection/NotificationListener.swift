import CLibPQ
import Glibc
package import Logging
import Synchronization

/// What a listener is told.
package enum NotificationEvent: Sendable, Equatable {
    /// Listening has begun, first or again; whatever happened before was not told, so read the present state now.
    case listening(isReconnect: Bool)
    /// The connection is lost: until `listening` comes again, nothing that happens is told.
    case lost
    /// Somebody sent NOTIFY.
    case notification(channel: String, payload: String)
    /// Events were dropped as they were not read in time: read the present state now.
    case missed
}

/// Listens to channels on a connection of its own, which is made anew whenever it is lost.
package enum NotificationListener {
    /// How long to wait after a connection failed; short, so that listeners are back soon after the server.
    private static let delays: [Duration] = [
        .milliseconds(50), .milliseconds(100), .milliseconds(250), .milliseconds(500),
    ]

    private final class Stop: Sendable {
        let wake: WakeDescriptor
        private let requested = Atomic<Bool>(false)

        init(wake: WakeDescriptor) { self.wake = wake }

        var isRequested: Bool { requested.load(ordering: .acquiring) }

        func request() {
            requested.store(true, ordering: .releasing)
            wake.wake()
        }
    }

    /// Starts listening; ends when the stream is dropped or its task cancelled.
    ///
    /// - Parameter buffered: how many events wait unread at most; then the oldest go and `missed` is told.
    /// Throws `unavailable` when the system has no thread or descriptor left; an absent server is not an error.
    package static func events(
        _ settings: ConnectionSettings, channels: [Identifier], buffered: Int = 1024, logger: Logger
    ) throws(PostgresError) -> AsyncStream<NotificationEvent> {
        let stop = Stop(wake: try WakeDescriptor())
        let (stream, continuation) = AsyncStream.makeStream(
            of: NotificationEvent.self, bufferingPolicy: .bufferingNewest(max(2, buffered)))
        continuation.onTermination = { _ in stop.request() }
        let started = SmallThread.start {
            run(settings, channels, stop, continuation, logger)
            continuation.finish()
        }
        guard started else { throw .unavailable(Unavailability(.connectFailed, detail: "out of threads")) }
        return stream
    }

    private static func run(
        _ settings: ConnectionSettings, _ channels: [Identifier], _ stop: Stop,
        _ continuation: AsyncStream<NotificationEvent>.Continuation, _ logger: Logger
    ) {
        var failures = 0
        var isReconnect = false
        var isListening = false
        while !stop.isRequested {
            do throws(PostgresError) {
                let wire = try Wire(settings, wake: stop.wake) { stop.isRequested ? .cancelled : nil }
                let deadline = ContinuousClock.now + settings.connectTimeout
                for channel in channels {
                    _ = try wire.script("LISTEN \(channel)", .harmless, deadline: deadline)
                }
                yield(.listening(isReconnect: isReconnect), to: continuation)
                failures = 0
                isReconnect = true
                isListening = true
                try forward(wire, to: continuation)
            } catch {
                if stop.isRequested { return }
                if isListening { yield(.lost, to: continuation) }
                isListening = false
                if failures == 0 {
                    logger.warning("listening connection lost", metadata: ["reason": "\(error)"])
                }
                let delay = delays[min(failures, delays.count - 1)]
                failures += 1
                stop.wake.wait(until: .now + delay)
            }
        }
    }

    /// Passes notifications on until the connection dies or the listener stops.
    private static func forward(
        _ wire: Wire, to continuation: AsyncStream<NotificationEvent>.Continuation
    ) throws(PostgresError) {
        while true {
            while let notification = PQnotifies(wire.pointer) {
                defer { PQfreemem(notification) }
                yield(
                    .notification(
                        channel: String(cString: notification.pointee.relname),
                        payload: String(cString: notification.pointee.extra)),
                    to: continuation)
            }
            do throws(PostgresError) {
                try wire.wait(POLLIN, until: .now + .seconds(3600))
            } catch .deadlineExceeded {
                continue
            }
            guard PQconsumeInput(wire.pointer) == 1, !wire.isDead else { throw wire.lost() }
        }
    }

    private static func yield(
        _ event: NotificationEvent, to continuation: AsyncStream<NotificationEvent>.Continuation
    ) {
        switch continuation.yield(event) {
        case .enqueued, .terminated: break
        case .dropped: continuation.yield(.missed)
        @unknown default: break
        }
    }
}
