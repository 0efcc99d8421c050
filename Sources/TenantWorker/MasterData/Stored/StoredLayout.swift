import PostgresClient
import Shared

extension LayoutBody: StoredMasterData {
    func judge(_ rules: inout MasterDataRules) {
        guard let replaced = rules.replaced, !rules.fields.hasFault("role"), role.layoutID != replaced else { return }
        rules.fields.fault("role", .notAllowed)
    }

    func takenField(_ context: MasterDataContext, except id: Int64?) -> String? {
        context.model.layouts.contains { $0.role == role && $0.role.layoutID != id } ? "role" : nil
    }

    /// - Throws: `forbidden` for somebody limited to some plants.
    func insert(_ transaction: borrowing PostgresTransaction, _ context: MasterDataContext) async throws -> Int64 {
        guard context.principal.plants == nil else { throw Fault(code: .forbidden) }
        do throws(PostgresError) {
            try await transaction.execute(InsertLayout.statement(self), deadline: context.deadline)
        } catch {
            // A database that is not up to date yet.
            guard case .server(let failure) = error, failure.sqlState == .undefinedTable else { throw error }
            throw Fault(code: .databaseUnavailable, retryAfterSeconds: 60)
        }
        return role.layoutID
    }

    func replace(
        _ id: Int64,
        _ transaction: borrowing PostgresTransaction,
        _ context: MasterDataContext
    ) async throws {
        try await transaction.execute(UpdateLayout.statement(self), deadline: context.deadline)
    }
}
