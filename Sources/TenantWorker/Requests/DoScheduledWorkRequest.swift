import IPC
import NIOCore
import PostgresClient
import Shared

/// What the gateway's schedule says is due.
extension WorkerRequests {
    func doScheduledWork(_ call: DoScheduledWork, _ request: IncomingRequest) async throws -> Answer {
        guard request.head.principal.kind == .system else { throw Fault(code: .forbidden) }
        let deadline = request.deadline
        let wasDone: Bool
        switch call.work {
        case .stops:
            let job = CalculateStopsOfLines(
                requests: self, model: try await models.model(deadline: deadline), deadline: deadline)
            wasDone = try await doAlone(call.work, deadline) { connection in try await job.run(connection) }
            // Whoever wrote while no worker ran was heard by nobody. What cannot be moved now is tried with the next turn.
            await MoveRowsToMonths(pool: pool, logger: logger).moveAll()
        case .upkeep:
            let job = MakeMonthsForgetKeys(deadline: deadline, logger: logger)
            wasDone = try await doAlone(call.work, deadline) { connection in try await job.run(connection) }
        }
        return .whole(ReplyHead(status: wasDone ? 200 : 202, content: .none), ByteBuffer())
    }

    /// At most one does the same work of the tenant at a time, however many gateways ask.
    ///
    /// - Returns: false when another one is at it.
    private func doAlone(
        _ work: ScheduledWork, _ deadline: ContinuousClock.Instant,
        _ body: (borrowing PostgresConnection) async throws -> Void
    ) async throws -> Bool {
        // One connection for lock and work, so that the pool is left to those who wait for an answer.
        try await pool.withConnection(deadline: deadline) { connection in
            let isAlone: Bool = try await connection.query(RunnerLock.take(work), deadline: deadline).value(0, 0)
            guard isAlone else { return false }
            do {
                try await body(connection)
                try await connection.execute(RunnerLock.release(work), deadline: deadline)
                return true
            } catch {
                // Within the time that is left, and else with the connection.
                _ = try? await connection.execute(RunnerLock.release(work), deadline: .now + .seconds(2))
                throw error
            }
        }
    }
}
