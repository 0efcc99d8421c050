import Logging
import PostgresClient
import ServiceLifecycle
import Shared
import Synchronization

/// Adds entries to the audit log: those that come while others are being written go together in one transaction, so that
/// entries that take turns do not make requests take turns.
final class AuditWriter: Service {
    private typealias Waiter = CheckedContinuation<Void, any Error>

    /// Entries in one transaction, at most.
    private static let most = 256

    private struct Pending {
        var record: AuditRecord
        /// Who waits for it; nil for what is only noted.
        var waiter: Waiter?
    }

    private struct State {
        var pending: [Pending] = []
        var isOver = false
    }

    private let pool: PostgresPool
    private let logger: Logger
    private let state = Mutex(State())
    private let turns: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    init(pool: PostgresPool, logger: Logger) {
        self.pool = pool
        self.logger = logger
        (turns, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Adds an entry; returns when it is stored for good.
    ///
    /// Also of a cancelled task: what is told of has been done.
    func append(_ record: AuditRecord) async throws {
        try await withCheckedThrowingContinuation { waiter in
            add(Pending(record: record, waiter: waiter))
        }
    }

    /// Adds an entry soon. One that cannot be stored goes to the gateway's log.
    func note(_ record: AuditRecord) {
        add(Pending(record: record, waiter: nil))
    }

    private func add(_ entry: Pending) {
        let isTaken = state.withLock { state in
            if !state.isOver { state.pending.append(entry) }
            return !state.isOver
        }
        if isTaken { wake.yield() } else { fail(entry, PostgresError.closed) }
    }

    func run() async throws {
        await withGracefulShutdownHandler {
            for await _ in turns { await writePending() }
        } onGracefulShutdown: {
            self.wake.finish()
        }
        await writePending()
        let left = state.withLock { state in
            state.isOver = true
            return state.pending
        }
        for entry in left { fail(entry, PostgresError.closed) }
    }

    private func writePending() async {
        while true {
            let batch = state.withLock { state in
                let batch = Array(state.pending.prefix(Self.most))
                state.pending.removeFirst(batch.count)
                return batch
            }
            if batch.isEmpty { return }
            await write(batch)
        }
    }

    private func write(_ batch: [Pending]) async {
        do {
            try await pool.execute(
                InsertAuditEntries.statement(batch.map(\.record)), deadline: .now + .seconds(10))
            for entry in batch { entry.waiter?.resume() }
        } catch PostgresError.server where batch.count > 1 {
            // One of them is to blame, and the others are not to suffer for it.
            for entry in batch { await write([entry]) }
        } catch {
            for entry in batch { fail(entry, error) }
        }
    }

    private func fail(_ entry: Pending, _ error: any Error) {
        logger.error(
            "an audit entry could not be stored",
            metadata: [
                "error": "\(error)", "actor": "\(entry.record.actor)", "action": "\(entry.record.action)",
                "object": "\(entry.record.object ?? "")", "request_id": "\(entry.record.caller.requestID ?? "")",
                "tenant_id": "\(entry.record.tenant?.description ?? "")",
            ])
        entry.waiter?.resume(throwing: error)
    }
}
