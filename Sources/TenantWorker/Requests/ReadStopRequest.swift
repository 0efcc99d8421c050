import IPC
import ManufacturingKPI
import PostgresClient
import Shared

/// GET /downtimes/{line_id}/{event_id}.
extension WorkerRequests {
    /// What came since the line's stops were stored may have made another stop of it, and an edit that demands it as it was
    /// read would find that: so it is stored first, as for an edit.
    func readStop(_ call: ReadStop, _ request: IncomingRequest) async throws -> Answer {
        let (model, questions) = try await questions(request)
        guard let line = model.lines(visibleTo: request.head.principal).first(where: { $0.id == call.line }),
            let plant = model.plant(of: line)
        else { throw Fault(code: .notFound) }
        var found: StoredStop?
        _ = try await calculated(line, plant, request.deadline) { calculation, held, transaction in
            let changes = try await calculation.bringUpToDate(held, transaction)
            found = try await FindStoredStop.read(
                transaction.query(FindStoredStop.statement(line.id, call.event), deadline: request.deadline))
            return changes
        }
        guard let found, let stop = try await questions.describe([found], of: line).first else {
            throw Fault(code: .notFound)
        }
        return try StopAnswer(stop, of: line).answer
    }
}
