import ManufacturingKPI
import PostgresClient
import Shared

extension ShiftBody: StoredMasterData {
    func judge(_ rules: inout MasterDataRules) {
        // A shift of every plant is no matter for somebody who sees only some.
        if plant == nil, rules.context.principal.plants != nil, !rules.fields.hasFault("plant_id") {
            rules.fields.fault("plant_id", .required)
        }
        rules.lines("line_ids", of: rules.plant(plant, "plant_id"))
    }

    func takenField(_ context: MasterDataContext, except id: Int64?) -> String? { nil }

    func insert(_ transaction: borrowing PostgresTransaction, _ context: MasterDataContext) async throws -> Int64 {
        let id: Int64 = try await transaction.query(InsertShift.statement, deadline: context.deadline).value(0, 0)
        try await put(ShiftID(id), validFrom: context.instant(validFrom, in: plant), transaction, context)
        return id
    }

    func replace(
        _ id: Int64,
        _ transaction: borrowing PostgresTransaction,
        _ context: MasterDataContext
    ) async throws {
        let versions = context.model.shifts.first { $0.id.rawValue == id }?.definition.versions ?? []
        let start = versions.start(ofChangeFrom: context.instant(validFrom, in: plant))
        try await put(ShiftID(id), validFrom: start, transaction, context)
    }

    private func put(
        _ id: ShiftID,
        validFrom: Instant?,
        _ transaction: borrowing PostgresTransaction,
        _ context: MasterDataContext
    ) async throws {
        let deadline = context.deadline
        let version: Int32 = try await transaction.query(
            PutShiftVersion.statement(id, self, validFrom: validFrom), deadline: deadline
        ).value(0, 0)
        try await transaction.execute(DeleteShiftBreaks.statement(version), deadline: deadline)
        for (order, shiftBreak) in breaks.enumerated() {
            try await transaction.execute(
                InsertShiftBreak.statement(version, order: Int16(order), shiftBreak), deadline: deadline)
        }
    }
}
