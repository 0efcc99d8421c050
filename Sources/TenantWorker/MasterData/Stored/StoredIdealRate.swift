import PostgresClient
import Shared

extension IdealRateBody: StoredMasterData {
    func judge(_ rules: inout MasterDataRules) {
        rules.line(line, "line_id")
        if !rules.fields.hasFault("product_id"), rules.context.view.product(product) == nil {
            rules.fields.fault("product_id", .unknownID)
        }
    }

    func takenField(_ context: MasterDataContext, except id: Int64?) -> String? {
        let isTaken = context.model.idealRates.contains { $0.line == line && $0.product == product && $0.id != id }
        return isTaken ? "product_id" : nil
    }

    func insert(_ transaction: borrowing PostgresTransaction, _ context: MasterDataContext) async throws -> Int64 {
        let id: Int64 = try await transaction.query(InsertIdealRate.statement(self), deadline: context.deadline)
            .value(0, 0)
        try await transaction.execute(
            PutIdealRateVersion.statement(id, self, validFrom: start(context)), deadline: context.deadline)
        return id
    }

    func replace(
        _ id: Int64,
        _ transaction: borrowing PostgresTransaction,
        _ context: MasterDataContext
    ) async throws {
        try await transaction.execute(UpdateIdealRate.statement(id, self), deadline: context.deadline)
        let versions = context.model.idealRates.first { $0.id == id }?.versions ?? []
        let start = versions.start(ofChangeFrom: start(context))
        try await transaction.execute(
            PutIdealRateVersion.statement(id, self, validFrom: start), deadline: context.deadline)
    }

    private func start(_ context: MasterDataContext) -> Instant? {
        context.instant(validFrom, in: context.model.line(line)?.plant)
    }
}
