import CProcess
import Glibc
import Logging
import NIOCore
import Synchronization

/// Where systemd asks for the boot records of workers, and gets each once: `LoadCredential=boot:` of `camet-worker@.service`. There is
/// a socket for each worker, for as long as it is being started, by the gateway that starts it.
///
/// Whoever asks must be root, as systemd is, and name the worker's unit.
final class BootCredentials: Sendable {
    /// One worker that is being started.
    struct Start {
        fileprivate var number: UInt64
    }

    private struct Offer {
        var unit: WorkerUnit
        var path: String
        var listener: Int32
        var record: ByteBuffer
        var onTaken: @Sendable () -> Void
    }

    private struct State {
        var number: UInt64 = 0
        var offers: [UInt64: Offer] = [:]
    }

    private let folder: String
    private let state = Mutex(State())
    private let wakeRead: Int32
    private let wakeWrite: Int32
    private let logger: Logger

    /// - Parameter folder: of the gateway's user alone, as gateways share that follow one another.
    init(folder: String, logger: Logger) throws(WorkerLaunchError) {
        self.folder = folder
        self.logger = logger
        do {
            try ListeningSocket.makeFolder(folder)
        } catch {
            throw .socket(error)
        }
        var ends: [Int32] = [-1, -1]
        let noPipe = camet_open_pipe(&ends, 1)
        guard noPipe == 0 else { throw .notStarted(program: "", code: noPipe) }
        wakeRead = ends[0]
        wakeWrite = ends[1]
        try DetachedThread.start { [self] in run() }
    }

    /// Has the record ready for the unit until it is taken or withdrawn. `onTaken` is called on a thread that must not be blocked.
    ///
    /// What has the socket's name is left of a gateway that was killed: the tenant is this one's.
    func offer(
        _ record: ByteBuffer, to unit: WorkerUnit, onTaken: @escaping @Sendable () -> Void
    ) throws(WorkerLaunchError) -> Start {
        let path = "\(folder)/\(unit.tenant).sock"
        let listener: Int32
        do {
            listener = try ListeningSocket.make(path: path, replacing: true)
        } catch {
            throw .socket(error)
        }
        // Whoever has connected may be gone before it is accepted.
        _ = fcntl(listener, F_SETFL, O_NONBLOCK)
        let number = state.withLock { state in
            state.number += 1
            state.offers[state.number] = Offer(
                unit: unit, path: path, listener: listener, record: record, onTaken: onTaken)
            return state.number
        }
        // A full pipe wakes the thread as well as one more byte would.
        _ = write(wakeWrite, [1], 1)
        return Start(number: number)
    }

    func withdraw(_ start: Start) {
        state.withLock { _ = Self.take(start.number, from: &$0) }
    }

    /// Takes the socket away too.
    private static func take(_ number: UInt64, from state: inout State) -> Offer? {
        guard let offer = state.offers.removeValue(forKey: number) else { return nil }
        unlink(offer.path)
        close(offer.listener)
        return offer
    }

    // MARK: On the thread

    private func run() {
        var space = [UInt8](repeating: 0, count: 64)
        while true {
            let listeners = state.withLock { state in state.offers.map { ($0.key, $0.value.listener) } }
            var pollers = [pollfd(fd: wakeRead, events: Int16(POLLIN), revents: 0)]
            for (_, listener) in listeners { pollers.append(pollfd(fd: listener, events: Int16(POLLIN), revents: 0)) }
            guard poll(&pollers, nfds_t(pollers.count), -1) > 0 else { continue }
            if pollers[0].revents != 0 { _ = read(wakeRead, &space, space.count) }
            for ((number, _), poller) in zip(listeners, pollers.dropFirst()) where poller.revents != 0 {
                guard let (unit, connection) = accept(number) else { continue }
                answer(connection, unit, number)
                close(connection)
            }
        }
    }

    /// Whoever asks for the worker; nil when nobody does, or it has been told or withdrawn meanwhile.
    private func accept(_ number: UInt64) -> (WorkerUnit, Int32)? {
        let accepted = state.withLock { state -> (unit: WorkerUnit, connection: Int32, code: Int32)? in
            guard let offer = state.offers[number] else { return nil }
            let connection = Glibc.accept(offer.listener, nil, nil)
            return (offer.unit, connection, errno)
        }
        guard let accepted else { return nil }
        guard accepted.connection >= 0 else {
            // Without descriptors left the next try would be refused at once.
            if accepted.code == EMFILE || accepted.code == ENFILE { usleep(100_000) }
            return nil
        }
        _ = fcntl(accepted.connection, F_SETFD, FD_CLOEXEC)
        return (accepted.unit, accepted.connection)
    }

    /// What does not get a record gets nothing: systemd hands an empty credential to the worker then, which ends.
    private func answer(_ connection: Int32, _ unit: WorkerUnit, _ number: UInt64) {
        var peer = camet_peer_credentials()
        guard camet_read_peer(connection, &peer) == 0, peer.user_id == 0 else {
            logger.error(
                "somebody who is not root asks who a worker is",
                metadata: ["unit": "\(unit)", "uid": "\(peer.user_id)", "pid": "\(peer.process_id)"])
            return
        }
        var name = [CChar](repeating: 0, count: Int(camet_longest_name))
        let length = max(0, Int(camet_read_peer_name(connection, &name)))
        guard WorkerUnit(peer: name[..<length].map { UInt8(bitPattern: $0) }) == unit else {
            logger.error(
                "whoever asks who a worker is does not name its unit",
                metadata: ["unit": "\(unit)", "pid": "\(peer.process_id)"])
            return
        }
        guard let offer = state.withLock({ Self.take(number, from: &$0) }) else { return }
        _ = camet_limit_waiting(connection, 5)
        let written = offer.record.withUnsafeReadableBytes { bytes in
            send(connection, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
        }
        if written != offer.record.readableBytes {
            logger.error("a worker cannot be told who it is", metadata: ["unit": "\(unit)"])
        }
        offer.onTaken()
    }
}
