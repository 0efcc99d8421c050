import CProcess
import Glibc
import Synchronization

/// Tells when processes have ended, whoever has made them: one thread waits for all, as long as this process lives.
final class ProcessEnds: Sendable {
    private struct Watch {
        /// Readable when the process has ended.
        var descriptor: Int32
        var onEnd: @Sendable () -> Void
    }

    private let added = Mutex<[Watch]>([])
    private let wakeRead: Int32
    private let wakeWrite: Int32

    /// - Throws: `notStarted` when the system gives no thread or pipe.
    init() throws(WorkerLaunchError) {
        var ends: [Int32] = [-1, -1]
        let noPipe = camet_open_pipe(&ends, 1)
        guard noPipe == 0 else { throw .notStarted(program: "", code: noPipe) }
        wakeRead = ends[0]
        wakeWrite = ends[1]
        try DetachedThread.start { [self] in run() }
    }

    /// Calls `onEnd` once when the process has ended, on the thread, which must not be blocked.
    ///
    /// - Returns: 0, or the errno with which it cannot be watched: ESRCH when it has ended and been reaped.
    func watch(_ process: Int32, onEnd: @escaping @Sendable () -> Void) -> Int32 {
        let descriptor = camet_open_process(process)
        guard descriptor >= 0 else { return -descriptor }
        added.withLock { $0.append(Watch(descriptor: descriptor, onEnd: onEnd)) }
        // A full pipe wakes the thread as well as one more byte would.
        _ = write(wakeWrite, [1], 1)
        return 0
    }

    private func run() {
        var watches: [Watch] = []
        var space = [UInt8](repeating: 0, count: 64)
        while true {
            var pollers = [pollfd(fd: wakeRead, events: Int16(POLLIN), revents: 0)]
            for watch in watches { pollers.append(pollfd(fd: watch.descriptor, events: Int16(POLLIN), revents: 0)) }
            guard poll(&pollers, nfds_t(pollers.count), -1) > 0 else { continue }
            if pollers[0].revents != 0 { _ = read(wakeRead, &space, space.count) }
            var left: [Watch] = []
            for (watch, poller) in zip(watches, pollers.dropFirst()) {
                if poller.revents == 0 {
                    left.append(watch)
                } else {
                    close(watch.descriptor)
                    watch.onEnd()
                }
            }
            watches =
                left
                + added.withLock { added in
                    defer { added = [] }
                    return added
                }
        }
    }
}

/// A thread that nobody waits for.
enum DetachedThread {
    /// - Throws: `notStarted` when the system gives none.
    static func start(_ body: @escaping @Sendable () -> Void) throws(WorkerLaunchError) {
        final class Body: Sendable {
            let run: @Sendable () -> Void
            init(_ run: @escaping @Sendable () -> Void) { self.run = run }
        }
        let argument = Unmanaged.passRetained(Body(body))
        var thread = pthread_t()
        let refused = pthread_create(
            &thread,
            nil,
            { argument in
                if let argument { Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run() }
                return nil
            },
            argument.toOpaque()
        )
        guard refused == 0 else {
            argument.release()
            throw .notStarted(program: "", code: refused)
        }
        pthread_detach(thread)
    }
}
