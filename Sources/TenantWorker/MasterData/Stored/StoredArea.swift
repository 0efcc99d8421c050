import PostgresClient
import Shared

extension AreaBody: StoredMasterData {
    func judge(_ rules: inout MasterDataRules) {
        rules.line(line, "line_id")
    }

    func takenField(_ context: MasterDataContext, except id: Int64?) -> String? {
        let isTaken = context.model.areas.contains { $0.line == line && $0.name == name && $0.id.rawValue != id }
        return isTaken ? "area_name" : nil
    }

    func insert(_ transaction: borrowing PostgresTransaction, _ context: MasterDataContext) async throws -> Int64 {
        try await transaction.query(InsertArea.statement(self), deadline: context.deadline).value(0, 0)
    }

    /// - Throws: `invalid` for another line when the present one has seen detections there.
    func replace(
        _ id: Int64,
        _ transaction: borrowing PostgresTransaction,
        _ context: MasterDataContext
    ) async throws {
        do throws(PostgresError) {
            try await transaction.execute(UpdateArea.statement(id, self), deadline: context.deadline)
        } catch {
            guard case .server(let failure) = error, failure.sqlState == .foreignKeyViolation else { throw error }
            throw Fault.invalid("line_id", .notAllowed)
        }
    }
}
