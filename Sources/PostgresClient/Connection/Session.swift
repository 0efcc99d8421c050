import CLibPQ
import Glibc
import Logging
import Synchronization

/// One connection with the thread that owns it: takes jobs from tasks, one at a time, and never blocks a task's thread.
///
/// A job whose deadline passes or whose task is cancelled answers at once; the thread then stops what the server still
/// runs, before it takes the next job, and closes the connection when the server does not stop in time.
package final class Session: Sendable {
    /// What its owner is told, from the connection's thread.
    enum Event: Sendable {
        case connected
        case connectFailed(PostgresError)
        /// The thread is about to end; the last event.
        case closed
    }

    private struct Job: Sendable {
        let id: UInt64
        let deadline: ContinuousClock.Instant
        /// Works and answers; the flag the state keeps is set before the answer.
        let run: @Sendable (Wire) -> Void
        let fail: @Sendable (PostgresError) -> Void
    }

    private struct State {
        var queue: [Job] = []
        var nextJob: UInt64 = 0
        var running: UInt64?
        var runningIsCancelled = false
        var isClosing = false
        var condition: Wire.Condition = .idle
        /// Why jobs fail once the connection is gone.
        var death: PostgresError?
    }

    // Lock of everything that tasks and the thread share.
    private let state = Mutex(State())
    private let wake: WakeDescriptor
    private let settings: ConnectionSettings
    private let logger: Logger
    private let onEvent: @Sendable (Event) -> Void
    let meter: QueryMeter

    /// Starts to connect on a new thread; throws `unavailable` when the system has no thread or descriptor left.
    init(
        settings: ConnectionSettings, meter: QueryMeter, logger: Logger, onEvent: @escaping @Sendable (Event) -> Void
    ) throws(PostgresError) {
        self.settings = settings
        self.meter = meter
        self.logger = logger
        self.onEvent = onEvent
        self.wake = try WakeDescriptor()
        guard SmallThread.start({ self.main() }) else {
            throw .unavailable(Unavailability(.connectFailed, detail: "out of threads"))
        }
    }

    /// Ends the thread after the jobs it has.
    func close() {
        state.withLock { $0.isClosing = true }
        wake.wake()
    }

    /// Whether the next job would run at once, with no statement still being stopped.
    var isReady: Bool {
        state.withLock { state in
            switch state.condition {
            case .idle, .inTransaction, .streaming: true
            case .abandoned, .dead: false
            }
        }
    }

    /// Runs work on the connection's thread.
    ///
    /// - Parameter cancellable: false lets a cancelled task wait for the answer all the same.
    func perform<Answer: Sendable>(
        deadline: ContinuousClock.Instant, cancellable: Bool = true,
        _ work: @escaping @Sendable (Wire) throws(PostgresError) -> Answer
    ) async throws(PostgresError) -> Answer {
        let id = state.withLock { state in
            state.nextJob += 1
            return state.nextJob
        }
        let answer = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Result<Answer, PostgresError>, Never>) in
                submit(id, deadline: deadline, work) { continuation.resume(returning: $0) }
                // The handler may have come before the job was there to be cancelled.
                if cancellable && Task.isCancelled { cancel(id) }
            }
        } onCancel: {
            if cancellable { cancel(id) }
        }
        return try answer.get()
    }

    /// Makes the connection ready for the next user: nothing running, no transaction open.
    ///
    /// Answers at once when it is ready already, else from the connection's thread; false when it has to be replaced.
    func settle(_ answer: @escaping @Sendable (Bool) -> Void) {
        let isHealthy: Bool? = state.withLock { state in
            if state.death != nil { return false }
            return state.condition == .idle && state.queue.isEmpty && state.running == nil ? true : nil
        }
        if let isHealthy { return answer(isHealthy) }
        let deadline = ContinuousClock.now + settings.cancelGrace + settings.cancelGrace
        let id = state.withLock { state in
            state.nextJob += 1
            return state.nextJob
        }
        let work: @Sendable (Wire) throws(PostgresError) -> Bool = { wire throws(PostgresError) in
            if case .streaming = wire.condition, !wire.recover(until: deadline, whileWaiting: { nil }) { return false }
            if case .inTransaction = wire.condition { _ = try wire.command("ROLLBACK", deadline: deadline) }
            if case .idle = wire.condition { return true }
            return false
        }
        submit(id, deadline: deadline, work) { result in
            switch result {
            case .success(let isHealthy): answer(isHealthy)
            case .failure: answer(false)
            }
        }
    }

    private func submit<Answer: Sendable>(
        _ id: UInt64, deadline: ContinuousClock.Instant,
        _ work: @escaping @Sendable (Wire) throws(PostgresError) -> Answer,
        answer: @escaping @Sendable (Result<Answer, PostgresError>) -> Void
    ) {
        let job = Job(
            id: id, deadline: deadline,
            run: { wire in
                let result: Result<Answer, PostgresError>
                do throws(PostgresError) {
                    if deadline.hasPassed { throw .deadlineExceeded }
                    result = .success(try work(wire))
                } catch {
                    wire.holdsStream = false
                    result = .failure(error)
                }
                self.finishRunning(wire.condition)
                answer(result)
            },
            fail: { answer(.failure($0)) })
        let death = state.withLock { state in
            if state.death == nil { state.queue.append(job) }
            return state.death
        }
        if let death { return job.fail(death) }
        wake.wake()
    }

    private func cancel(_ id: UInt64) {
        let queued: Job? = state.withLock { state in
            if let position = state.queue.firstIndex(where: { $0.id == id }) { return state.queue.remove(at: position) }
            if state.running == id { state.runningIsCancelled = true }
            return nil
        }
        queued?.fail(.cancelled)
        wake.wake()
    }

    /// Before the answer goes out, so that whoever gets it sees the connection as it is.
    private func finishRunning(_ condition: Wire.Condition) {
        state.withLock { state in
            state.running = nil
            state.runningIsCancelled = false
            state.condition = condition
        }
    }

    // MARK: The connection's thread

    private func main() {
        do throws(PostgresError) {
            let wire = try Wire(settings, wake: wake) {
                self.state.withLock { $0.isClosing } ? .closed : nil
            }
            onEvent(.connected)
            serve(wire)
        } catch {
            die(of: error)
            onEvent(.connectFailed(error))
        }
        onEvent(.closed)
    }

    private func serve(_ wire: Wire) {
        while true {
            let next: Job?? = state.withLock { state in
                guard state.queue.isEmpty else {
                    let job = state.queue.removeFirst()
                    state.running = job.id
                    return job
                }
                return state.isClosing ? nil : .some(nil)
            }
            guard let next else { return die(of: .closed) }
            if let job = next {
                wire.interruption = { self.state.withLock { $0.runningIsCancelled } ? .cancelled : nil }
                job.run(wire)
                if case .abandoned = wire.condition { stopAbandoned(wire) }
            } else {
                idle(wire)
            }
            if wire.isDead { return die(of: wire.lost(nothingSent: true)) }
        }
    }

    private func stopAbandoned(_ wire: Wire) {
        let isReady = wire.recover(until: .now + settings.cancelGrace) { expireQueued() }
        guard isReady else {
            logger.warning("database connection closed: the server did not end a cancelled statement in time")
            return wire.abandon()
        }
        state.withLock { $0.condition = wire.condition }
    }

    /// Waits for a job, or for the server to close the connection.
    ///
    /// Between two pages or chunks the socket is left alone: reading ahead would undo the back-pressure.
    private func idle(_ wire: Wire) {
        let socket = wire.holdsStream ? -1 : PQsocket(wire.pointer)
        let ready = wake.poll(socket: socket, events: POLLIN, until: nil)
        if ready.woken { wake.clear() }
        if ready.socket { wire.readWhileIdle() }
    }

    /// Fails jobs whose deadline passes while an earlier statement is still being stopped; gives the next deadline.
    private func expireQueued() -> ContinuousClock.Instant? {
        let expired = state.withLock { state in
            let expired = state.queue.filter { $0.deadline.hasPassed }
            state.queue.removeAll { $0.deadline.hasPassed }
            return expired
        }
        for job in expired { job.fail(.deadlineExceeded) }
        return state.withLock { $0.queue.map(\.deadline).min() }
    }

    private func die(of error: PostgresError) {
        let orphans = state.withLock { state in
            state.death = error
            state.condition = .dead
            defer { state.queue = [] }
            return state.queue
        }
        for job in orphans { job.fail(error) }
    }
}
