import CProcess
import Glibc
import Synchronization

/// Whoever started this process and wants to be told of its state, as systemd does (sd_notify).
package final class ServiceManager: Sendable {
    /// Tries to say what must be heard, and the time between two: two seconds in all.
    private static let mostTries = 100
    private static let betweenTries = Duration.milliseconds(20)

    /// Within this time it must hear again that the process lives; nil: it does not watch.
    package let watchdog: Duration?
    private let path: String
    /// Whether it hears another process in place of this one.
    private let isSucceeded = Mutex(false)

    /// Nil where nobody wants to know: NOTIFY_SOCKET is not set.
    ///
    /// - Parameter variable: gives a variable of the environment.
    package init?(variable: (String) -> String?) {
        guard let path = variable("NOTIFY_SOCKET"), path.hasPrefix("/") || path.hasPrefix("@") else { return nil }
        self.path = path
        let isMeant = variable("WATCHDOG_PID").map { $0 == String(getpid()) } ?? true
        let microseconds = variable("WATCHDOG_USEC").flatMap { Int64($0) } ?? 0
        watchdog = isMeant && microseconds > 0 ? .microseconds(microseconds) : nil
    }

    /// Requests are accepted; also at the end of what `reloading` began.
    package func ready() {
        tell("READY=1\nSTATUS=Serving")
    }

    package func reloading() {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        tell("RELOADING=1\nMONOTONIC_USEC=\(Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)")
    }

    package func stopping() {
        tell("STOPPING=1\nSTATUS=Answering what is in flight")
    }

    /// Has another process watched as the service in place of this one, which is not heard any more and says nothing.
    ///
    /// - Returns: 0, or the errno with which it cannot be told: then all is as before.
    package func watch(_ process: Int32) async -> Int32 {
        var refused: Int32 = 0
        for attempt in 0..<Self.mostTries {
            // Its answer says only that it cannot now, and not when it can.
            if attempt > 0 { try? await Task.sleep(for: Self.betweenTries) }
            refused = isSucceeded.withLock { isSucceeded in
                let refused = send("MAINPID=\(process)")
                isSucceeded = refused == 0
                return refused
            }
            // Its queue may be full for a moment.
            if refused != EAGAIN { break }
        }
        return refused
    }

    /// Tells that the process lives, as often as is wanted, until the task is cancelled.
    ///
    /// - Parameter answers: returns when every part that must live has answered.
    package func watch(_ answers: () async -> Void) async {
        guard let watchdog else { return }
        while !Task.isCancelled {
            await answers()
            tell("WATCHDOG=1")
            // Twice within the time, so that one that is late is no death.
            try? await Task.sleep(for: watchdog / 2)
        }
    }

    /// Lost when it cannot be sent at once: the process serves all the same.
    private func tell(_ text: String) {
        isSucceeded.withLock { isSucceeded in
            if !isSucceeded { _ = send(text) }
        }
    }

    private func send(_ text: String) -> Int32 {
        let bytes = Array(text.utf8)
        return camet_send_datagram(path, bytes, bytes.count)
    }
}
