import Logging
import ManufacturingKPI
import PostgresClient
import Shared

/// Stores what has changed in the stops of every line.
struct CalculateStopsOfLines {
    let requests: WorkerRequests
    let model: PlantModel
    let deadline: ContinuousClock.Instant

    /// - Parameter connection: works in transactions of its own, one for each line.
    func run(_ connection: borrowing PostgresConnection) async throws {
        for line in model.lines {
            guard let plant = model.plant(of: line) else { continue }
            let calculation = StopCalculation(line: line, plant: plant, now: requests.clock(), deadline: deadline)
            do {
                let changes = try await connection.withTransaction(deadline: deadline) { transaction in
                    try await calculation.bringUpToDate(calculation.hold(transaction), transaction)
                }
                if !changes.isEmpty { requests.stops.invalidate(line.id) }
            } catch let error as PostgresError where error.concernsOneLine {
                requests.logger.error(
                    "stops of a line could not be calculated",
                    metadata: [
                        "line_id": "\(line.id)", "error": "\(error)", "detail": "\(error.operatorDetail ?? "")",
                    ])
            }
        }
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
