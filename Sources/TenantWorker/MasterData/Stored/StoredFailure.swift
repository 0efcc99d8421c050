import PostgresClient
import Shared

extension FailureBody: StoredMasterData {
    func judge(_ rules: inout MasterDataRules) {
        rules.lines("line_ids")
    }

    func takenField(_ context: MasterDataContext, except id: Int64?) -> String? {
        context.model.failures.contains { $0.code == code && $0.id.rawValue != id } ? "failure_code" : nil
    }

    func insert(_ transaction: borrowing PostgresTransaction, _ context: MasterDataContext) async throws -> Int64 {
        try await transaction.query(InsertFailure.statement(self), deadline: context.deadline).value(0, 0)
    }

    func replace(
        _ id: Int64,
        _ transaction: borrowing PostgresTransaction,
        _ context: MasterDataContext
    ) async throws {
        try await transaction.execute(UpdateFailure.statement(id, self), deadline: context.deadline)
    }
}
