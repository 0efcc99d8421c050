import CLibPQ
import Glibc

/// A descriptor that any thread can make readable, to wake the one thread that polls it.
final class WakeDescriptor: Sendable {
    let descriptor: Int32

    /// Throws `unavailable` when the process has no more descriptors.
    init() throws(PostgresError) {
        descriptor = camet_wake_descriptor()
        guard descriptor >= 0 else { throw .unavailable(Unavailability(.connectFailed, detail: "out of descriptors")) }
    }

    deinit {
        close(descriptor)
    }

    /// Makes the descriptor readable until the next `clear`.
    func wake() {
        var one: UInt64 = 1
        // Fails only when it is readable already.
        _ = write(descriptor, &one, 8)
    }

    /// Makes it not readable.
    func clear() {
        var count: UInt64 = 0
        _ = read(descriptor, &count, 8)
    }

    /// Waits until woken or the deadline; nil waits for ever.
    func wait(until deadline: ContinuousClock.Instant?) {
        _ = poll(socket: -1, events: 0, until: deadline)
        clear()
    }

    /// What a poll saw.
    struct Readiness {
        var woken: Bool
        var socket: Bool
    }

    /// Waits once for the socket or a wake, until the deadline; -1 is no socket. Does not clear the wake.
    func poll(socket: Int32, events: Int32, until deadline: ContinuousClock.Instant?) -> Readiness {
        var descriptors = (
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: socket, events: Int16(events), revents: 0)
        )
        let timeout = deadline.map { $0.pollTimeout } ?? -1
        let ready = withUnsafeMutableBytes(of: &descriptors) { bytes in
            Glibc.poll(bytes.assumingMemoryBound(to: pollfd.self).baseAddress, 2, timeout)
        }
        guard ready > 0 else { return Readiness(woken: false, socket: false) }
        return Readiness(woken: descriptors.0.revents != 0, socket: descriptors.1.revents != 0)
    }
}

extension ContinuousClock.Instant {
    /// Milliseconds until then for poll(2), rounded up so that a wait never ends just before it, at most an hour.
    fileprivate var pollTimeout: Int32 {
        let left = ContinuousClock.now.duration(to: self)
        guard left > .zero else { return 0 }
        guard left < .seconds(3600) else { return 3_600_000 }
        let (seconds, attoseconds) = left.components
        return Int32(seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }

    /// Whether the time has come.
    var hasPassed: Bool { self <= ContinuousClock.now }
}
