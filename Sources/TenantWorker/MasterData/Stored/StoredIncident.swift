import PostgresClient
import Shared

extension IncidentBody: StoredMasterData {
    func judge(_ rules: inout MasterDataRules) {
        guard !rules.fields.hasFault("failure_id") else { return }
        if !rules.context.view.failures.contains(where: { $0.id == failure }) {
            rules.fields.fault("failure_id", .unknownID)
        }
    }

    func takenField(_ context: MasterDataContext, except id: Int64?) -> String? {
        context.model.incidents.contains { $0.code == code && $0.id.rawValue != id } ? "incident_code" : nil
    }

    func insert(_ transaction: borrowing PostgresTransaction, _ context: MasterDataContext) async throws -> Int64 {
        try await transaction.query(InsertIncident.statement(self), deadline: context.deadline).value(0, 0)
    }

    func replace(
        _ id: Int64,
        _ transaction: borrowing PostgresTransaction,
        _ context: MasterDataContext
    ) async throws {
        try await transaction.execute(UpdateIncident.statement(id, self), deadline: context.deadline)
    }
}
