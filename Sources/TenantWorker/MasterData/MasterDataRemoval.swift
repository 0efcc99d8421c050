import ManufacturingKPI
import PostgresClient
import Shared

/// What becomes of an object that shall go: history keeps what it refers to.
struct MasterDataRemoval {
    enum Outcome {
        case deleted
        case deactivated
    }

    let context: MasterDataContext

    /// Deletes an object, or deactivates it when history refers to it.
    func remove(
        _ resource: MasterDataResource,
        _ id: Int64,
        _ transaction: borrowing PostgresTransaction
    ) async throws -> Outcome {
        if try await !isHistory(resource, id, transaction), try await isDeleted(resource, id, transaction) {
            return .deleted
        }
        try await deactivate(resource, id, transaction)
        return .deactivated
    }

    /// Whether history refers to an object in ways that the database's references do not show.
    private func isHistory(
        _ resource: MasterDataResource,
        _ id: Int64,
        _ transaction: borrowing PostgresTransaction
    ) async throws -> Bool {
        switch resource {
        case .plants, .productionLines, .areas, .products, .failures: return false
        case .incidents: return try await isInFacts(id, transaction)
        case .idealRates: return try await hasRated(id, transaction)
        case .shifts: return try await hasPlanned(id, transaction)
        // A closure or extra time is an entry in the calendar of a certain time: without it that time is restated.
        case .calendarExceptions, .lineGroups, .layouts: return false
        }
    }

    /// Deletes an object unless another one refers to it; whether it is gone.
    private func isDeleted(
        _ resource: MasterDataResource,
        _ id: Int64,
        _ transaction: borrowing PostgresTransaction
    ) async throws -> Bool {
        let statement = DeleteObject.statement(resource, id)
        let deadline = context.deadline
        do {
            try await transaction.withSavepoint(deadline: deadline) { transaction in
                try await transaction.execute(statement, deadline: deadline)
            }
            return true
        } catch PostgresError.server(let error) where error.sqlState == .foreignKeyViolation {
            return false
        }
    }

    private func deactivate(
        _ resource: MasterDataResource,
        _ id: Int64,
        _ transaction: borrowing PostgresTransaction
    ) async throws {
        let deadline = context.deadline
        switch resource {
        case .plants:
            try await transaction.execute(DeactivatePlant.statement(id), deadline: deadline)
        case .productionLines:
            let line = context.model.line(LineID(id))
            let decommissionedAt = LineBody.decommissioned(
                at: context.now, before: line?.decommissionedAt, commissionedAt: line?.commissionedAt)
            try await transaction.execute(
                DeactivateLine.statement(id, decommissionedAt: decommissionedAt), deadline: deadline)
        case .areas:
            try await transaction.execute(DeactivateArea.statement(id), deadline: deadline)
        case .products:
            try await transaction.execute(DeactivateProduct.statement(id), deadline: deadline)
        case .idealRates:
            try await transaction.execute(
                DeleteLaterIdealRateVersions.statement(id, from: context.now), deadline: deadline)
            try await transaction.execute(EndIdealRate.statement(id, at: context.now), deadline: deadline)
        case .shifts:
            try await transaction.execute(
                DeleteLaterShiftVersions.statement(id, from: context.now), deadline: deadline)
            try await transaction.execute(EndShift.statement(id, at: context.now), deadline: deadline)
        case .failures:
            try await transaction.execute(DeactivateFailure.statement(id), deadline: deadline)
        case .incidents:
            try await transaction.execute(DeactivateIncident.statement(id), deadline: deadline)
        case .calendarExceptions, .lineGroups, .layouts:
            break
        }
    }

    /// Whether a stop was ever given this cause.
    private func isInFacts(_ id: Int64, _ transaction: borrowing PostgresTransaction) async throws -> Bool {
        try await transaction.query(FindIncidentInFacts.statement(id), deadline: context.deadline).value(0, 0)
    }

    /// Whether the line made the product while the rate held.
    private func hasRated(_ id: Int64, _ transaction: borrowing PostgresTransaction) async throws -> Bool {
        guard let rate = context.model.idealRates.first(where: { $0.id == id }),
            rate.versions.contains(where: { version in version.validFrom.map { $0 < context.now } ?? true })
        else { return false }
        return try await transaction.query(
            FindProductOnLine.statement(rate.product, rate.line), deadline: context.deadline
        ).value(0, 0)
    }

    /// Whether the shift planned time, up to now, of a line that has a history.
    private func hasPlanned(_ id: Int64, _ transaction: borrowing PostgresTransaction) async throws -> Bool {
        guard let shift = context.model.shifts.first(where: { $0.id.rawValue == id }) else { return false }
        let rows = try await transaction.query(ListLinesWithHistory.statement, deadline: context.deadline)
        for (id, firstDetection) in try ListLinesWithHistory.read(rows) {
            guard let line = context.model.line(id), let plant = context.model.plant(of: line),
                shift.definition.applies(to: line.id, of: plant.id)
            else { continue }
            let commissionedAt = line.commissionedAt(firstDetection: firstDetection, in: plant.zone)
            guard commissionedAt < context.now else { continue }
            let calendar = LineCalendar(
                line: line.id,
                plant: plant.id,
                zone: plant.zone,
                shifts: [shift.definition],
                exceptions: [],
                commissionedAt: commissionedAt,
                decommissionedAt: line.decommissionedAt
            )
            let lifetime = Interval(start: commissionedAt, end: context.now)
            if !calendar.plannedTime(in: lifetime, now: context.now).isEmpty { return true }
        }
        return false
    }
}
