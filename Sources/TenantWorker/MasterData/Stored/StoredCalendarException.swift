import PostgresClient
import Shared

extension CalendarExceptionBody: StoredMasterData {
    func judge(_ rules: inout MasterDataRules) {
        let plant = rules.plant(plant, "plant_id")
        let line = rules.line(line, "line_id")
        if let plant, let line, line.plant != plant.id { rules.fields.fault("line_id", .unknownID) }
    }

    func takenField(_ context: MasterDataContext, except id: Int64?) -> String? { nil }

    func insert(_ transaction: borrowing PostgresTransaction, _ context: MasterDataContext) async throws -> Int64 {
        try await transaction.query(InsertCalendarException.statement(self), deadline: context.deadline).value(0, 0)
    }

    func replace(
        _ id: Int64,
        _ transaction: borrowing PostgresTransaction,
        _ context: MasterDataContext
    ) async throws {
        try await transaction.execute(UpdateCalendarException.statement(id, self), deadline: context.deadline)
    }
}
