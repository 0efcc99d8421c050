import PostgresClient
import Shared

extension LineGroupBody: StoredMasterData {
    func judge(_ rules: inout MasterDataRules) {
        rules.lines("line_ids")
    }

    func takenField(_ context: MasterDataContext, except id: Int64?) -> String? {
        context.model.lineGroups.contains { $0.name == name && $0.id.rawValue != id } ? "group_name" : nil
    }

    func insert(_ transaction: borrowing PostgresTransaction, _ context: MasterDataContext) async throws -> Int64 {
        try await transaction.query(InsertLineGroup.statement(self), deadline: context.deadline).value(0, 0)
    }

    func replace(
        _ id: Int64,
        _ transaction: borrowing PostgresTransaction,
        _ context: MasterDataContext
    ) async throws {
        try await transaction.execute(UpdateLineGroup.statement(id, self), deadline: context.deadline)
    }
}
