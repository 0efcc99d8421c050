import PostgresClient
import Shared

extension PlantBody: StoredMasterData {
    func judge(_ rules: inout MasterDataRules) {
        guard !rules.fields.hasFault("timezone") else { return }
        if (try? rules.context.zones.rules(named: timeZone)) == nil { rules.fields.fault("timezone", .invalidZone) }
    }

    func takenField(_ context: MasterDataContext, except id: Int64?) -> String? {
        context.model.plants.contains { $0.code == code && $0.id.rawValue != id } ? "plant_code" : nil
    }

    /// - Throws: `forbidden` for somebody limited to other plants.
    func insert(_ transaction: borrowing PostgresTransaction, _ context: MasterDataContext) async throws -> Int64 {
        guard context.principal.plants == nil else { throw Fault(code: .forbidden) }
        return try await transaction.query(InsertPlant.statement(self), deadline: context.deadline).value(0, 0)
    }

    func replace(
        _ id: Int64,
        _ transaction: borrowing PostgresTransaction,
        _ context: MasterDataContext
    ) async throws {
        try await transaction.execute(UpdatePlant.statement(id, self), deadline: context.deadline)
    }
}
