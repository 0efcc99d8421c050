import Logging
import ManufacturingKPI
import PostgresClient
import Shared

/// Stores what has changed in the stops of every line, and once a day makes months and forgets expired keys. At most one
/// runs per tenant, however many gateways ask.
struct CalculateStopsOfLines {
    let requests: WorkerRequests
    let deadline: ContinuousClock.Instant

    struct Summary: Sendable {
        /// False: another one was running.
        var ran = false
        var lines = 0
        /// Lines whose stored stops are others now.
        var changed = 0
        var failed = 0
    }

    func run(includesUpkeep: Bool) async throws -> Summary {
        let model = try await requests.models.model(deadline: deadline)
        // One connection for lock and work, so that the pool is left to those who wait for an answer.
        return try await requests.pool.withConnection(deadline: deadline) { connection in
            let isAlone: Bool = try await connection.query(RunnerLock.take, deadline: deadline).value(0, 0)
            guard isAlone else { return Summary() }
            do {
                if includesUpkeep { try await upkeep(connection) }
                let summary = try await calculate(model, connection)
                try await connection.execute(RunnerLock.release, deadline: deadline)
                return summary
            } catch {
                // Within the time that is left, and else with the connection.
                _ = try? await connection.execute(RunnerLock.release, deadline: .now + .seconds(2))
                throw error
            }
        }
    }

    private func calculate(_ model: PlantModel, _ connection: borrowing PostgresConnection) async throws -> Summary {
        var summary = Summary(ran: true)
        for line in model.lines {
            guard let plant = model.plant(of: line) else { continue }
            summary.lines += 1
            let calculation = StopCalculation(line: line, plant: plant, now: requests.clock(), deadline: deadline)
            do {
                let changes = try await connection.withTransaction(deadline: deadline) { transaction in
                    try await calculation.bringUpToDate(calculation.hold(transaction), transaction)
                }
                guard !changes.isEmpty else { continue }
                summary.changed += 1
                requests.stops.invalidate(line.id)
            } catch let error as PostgresError where error.concernsOneLine {
                summary.failed += 1
                requests.logger.error(
                    "stops of a line could not be calculated",
                    metadata: [
                        "line_id": "\(line.id)", "error": "\(error)", "detail": "\(error.operatorDetail ?? "")",
                    ])
            }
        }
        return summary
    }

    private func upkeep(_ connection: borrowing PostgresConnection) async throws {
        let months: Int = try await connection.query(EnsureMonthsAhead.statement, deadline: deadline).value(0, 0)
        let keys: Int = try await connection.query(ForgetExpiredKeys.statement, deadline: deadline).value(0, 0)
        requests.logger.info("daily upkeep", metadata: ["months_made": "\(months)", "keys_forgotten": "\(keys)"])
    }
}

extension PostgresError {
    /// Whether the other lines may still be calculated.
    fileprivate var concernsOneLine: Bool {
        switch self {
        case .server, .decoding: true
        case .unavailable, .deadlineExceeded, .cancelled, .storageFull, .poolExhausted, .closed, .outcomeUnknown,
            .invalidIdentifier, .misuse:
            false
        }
    }
}
