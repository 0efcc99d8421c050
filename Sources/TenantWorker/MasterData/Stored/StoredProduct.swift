import PostgresClient
import Shared

extension ProductBody: StoredMasterData {
    func judge(_ rules: inout MasterDataRules) {}

    func takenField(_ context: MasterDataContext, except id: Int64?) -> String? {
        context.model.products.contains { $0.code == code && $0.id.rawValue != id } ? "product_code" : nil
    }

    func insert(_ transaction: borrowing PostgresTransaction, _ context: MasterDataContext) async throws -> Int64 {
        let id: Int64 = try await transaction.query(InsertProduct.statement(self), deadline: context.deadline)
            .value(0, 0)
        try await transaction.execute(
            PutProductVersion.statement(ProductID(id), self, validFrom: context.instant(validFrom, in: nil)),
            deadline: context.deadline
        )
        return id
    }

    func replace(
        _ id: Int64,
        _ transaction: borrowing PostgresTransaction,
        _ context: MasterDataContext
    ) async throws {
        try await transaction.execute(UpdateProduct.statement(id, self), deadline: context.deadline)
        let versions = context.model.product(ProductID(id))?.versions ?? []
        let start = versions.start(ofChangeFrom: context.instant(validFrom, in: nil))
        try await transaction.execute(
            PutProductVersion.statement(ProductID(id), self, validFrom: start), deadline: context.deadline)
    }
}
