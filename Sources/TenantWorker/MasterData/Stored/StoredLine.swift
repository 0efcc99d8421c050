import ManufacturingKPI
import PostgresClient
import Shared

extension LineBody: StoredMasterData {
    func judge(_ rules: inout MasterDataRules) {
        let given = rules.plant(plant, "plant_id")
        if thresholdSeconds == nil, !rules.fields.hasFault("downtime_threshold_seconds") {
            noteMicroStop(notAbove: threshold(rules.context), &rules.fields)
        }
        // A line that a shift of its plant names cannot leave the plant without leaving the shift.
        guard let given, let id = rules.replaced, let old = rules.context.model.line(LineID(id))?.plant,
            old != given.id
        else { return }
        let isNamed = rules.context.model.shifts.contains { shift in
            shift.definition.versions.contains { $0.plant == old && $0.lines?.contains(LineID(id)) ?? false }
        }
        if isNamed { rules.fields.fault("plant_id", .notAllowed) }
    }

    func takenField(_ context: MasterDataContext, except id: Int64?) -> String? {
        context.model.lines.contains { $0.code == code && $0.id.rawValue != id } ? "line_code" : nil
    }

    func insert(_ transaction: borrowing PostgresTransaction, _ context: MasterDataContext) async throws -> Int64 {
        let statement = InsertLine.statement(self, decommissionedAt: decommissionedAtFirst(context))
        let id: Int64 = try await transaction.query(statement, deadline: context.deadline).value(0, 0)
        try await put(LineID(id), validFrom: context.instant(validFrom, in: plant), transaction, context)
        return id
    }

    /// When a new line leaves commission. One that is inactive from the start and says nothing of when it came in was never
    /// in commission: it leaves at 00:00 of the day it would have come in.
    private func decommissionedAtFirst(_ context: MasterDataContext) -> Instant? {
        guard commissionedAt == nil, let zone = context.model.plant(plant)?.zone else {
            return decommissioned(at: context.now, before: nil)
        }
        return decommissioned(at: zone.start(of: zone.date(of: context.now)), before: nil)
    }

    func replace(
        _ id: Int64,
        _ transaction: borrowing PostgresTransaction,
        _ context: MasterDataContext
    ) async throws {
        let line = context.model.line(LineID(id))
        let decommissionedAt = decommissioned(at: context.now, before: line?.decommissionedAt)
        try await transaction.execute(
            UpdateLine.statement(id, self, decommissionedAt: decommissionedAt), deadline: context.deadline)
        let start = (line?.versions ?? []).start(ofChangeFrom: context.instant(validFrom, in: plant))
        try await put(LineID(id), validFrom: start, transaction, context)
    }

    private func put(
        _ id: LineID,
        validFrom: Instant?,
        _ transaction: borrowing PostgresTransaction,
        _ context: MasterDataContext
    ) async throws {
        try await transaction.execute(
            PutLineVersion.statement(id, self, threshold: threshold(context), validFrom: validFrom),
            deadline: context.deadline
        )
    }

    private func threshold(_ context: MasterDataContext) -> Int64 {
        thresholdSeconds ?? context.model.setting(.defaultDowntimeThreshold)
    }
}
