import CLibPQ
import Glibc

extension Wire {
    /// What the connection can do next.
    enum Condition: Sendable {
        /// Ready, outside a transaction.
        case idle
        /// Ready, inside a transaction, which may have failed.
        case inTransaction
        /// A COPY or paged result goes on, as it should.
        case streaming
        /// Something runs that nobody waits for.
        case abandoned
        /// The connection is gone.
        case dead
    }

    var condition: Condition {
        guard !isDead else { return .dead }
        switch PQtransactionStatus(pointer) {
        case PQTRANS_IDLE: return .idle
        case PQTRANS_INTRANS, PQTRANS_INERROR: return .inTransaction
        case PQTRANS_ACTIVE: return holdsStream ? .streaming : .abandoned
        default: return .dead
        }
    }

    /// Stops what runs and reads it to its end; false when the server did not end it in time.
    ///
    /// - Parameter whileWaiting: called before each wait; the wait ends at the latest at the instant it gives.
    func recover(until limit: ContinuousClock.Instant, whileWaiting: () -> ContinuousClock.Instant?) -> Bool {
        holdsStream = false
        guard !isDead else { return false }
        let canceller = Canceller.start(pointer, wake: wake)
        guard let canceller else { return false }
        do throws(PostgresError) {
            while true {
                let step = whileWaiting().map { min($0, limit) } ?? limit
                do throws(PostgresError) {
                    let isDrained = try drain(until: step)
                    if isDead { return false }
                    if isDrained && canceller.isFinished { return true }
                    try wait(POLLIN, until: step, interruptible: false)
                    guard PQconsumeInput(pointer) == 1 else { return false }
                } catch .deadlineExceeded where !limit.hasPassed {
                    continue
                }
            }
        } catch {
            return false
        }
    }

    /// Reads and drops everything; true at the end, false when woken before.
    private func drain(until limit: ContinuousClock.Instant) throws(PostgresError) -> Bool {
        try flush(until: limit, interruptible: false)
        while true {
            while PQisBusy(pointer) == 1 {
                try wait(POLLIN, until: limit, interruptible: false)
                guard PQconsumeInput(pointer) == 1 else { throw lost() }
            }
            guard let result = PQgetResult(pointer) else { return true }
            let status = PQresultStatus(result)
            PQclear(result)
            switch status {
            case PGRES_COPY_IN, PGRES_COPY_BOTH:
                guard PQputCopyEnd(pointer, "abandoned by the client") >= 0 else { throw lost() }
                try flush(until: limit, interruptible: false)
            case PGRES_COPY_OUT:
                try dropCopyData(until: limit)
            default: break
            }
        }
    }

    private func dropCopyData(until limit: ContinuousClock.Instant) throws(PostgresError) {
        while true {
            var buffer: UnsafeMutablePointer<CChar>?
            let length = PQgetCopyData(pointer, &buffer, 1)
            if length > 0 {
                PQfreemem(buffer)
            } else if length == 0 {
                try wait(POLLIN, until: limit, interruptible: false)
                guard PQconsumeInput(pointer) == 1 else { throw lost() }
            } else {
                return
            }
        }
    }
}
