import Foundation
import PostgresClient

/// What the CLI did, for the audit log; the actor is the operator's name on this machine.
struct AuditEntry {
    /// What was done, as `user.created`.
    let action: String
    let tenantID: Int?
    /// The thing it was done to.
    let object: String
    var detail: [String: String] = [:]

    /// Adds the entry in the transaction that does it.
    func write(_ transaction: borrowing PostgresTransaction) async throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let detail = String(decoding: try encoder.encode(detail), as: UTF8.self)
        try await transaction.execute(
            Statement(
                "InsertAuditEntry",
                """
                INSERT INTO audit_log (actor, tenant_id, action, object, detail)
                VALUES (\("cli:" + NSUserName()), \(tenantID), \(action), \(object), \(detail)::jsonb)
                """), deadline: .now + .seconds(30))
    }
}
