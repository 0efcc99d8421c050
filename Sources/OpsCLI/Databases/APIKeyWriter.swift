import Identity
import PostgresClient
import Shared

/// Adds keys of the API to the global database, with their entry of the audit log.
struct APIKeyWriter {
    let pool: PostgresPool

    /// - Parameters:
    ///   - days: that it is good for; nil: until it is revoked.
    ///   - former: the public id of a key that ends with this.
    /// - Returns: the key's number.
    func insert(
        _ token: APIKeyToken, of tenant: RegisteredTenant, name: String, scopes: [KeyScope], days: Int32? = nil,
        insteadOf former: String? = nil
    ) async throws -> Int {
        let deadline = ContinuousClock.now + .seconds(30)
        return try await pool.withTransaction(deadline: deadline) { transaction in
            if let former, try await Self.revoke(former, of: tenant, transaction) {
                try await AuditEntry(action: "key.revoked", tenantID: tenant.tenantID, object: "key:\(former)")
                    .write(transaction)
            }
            let rows = try await transaction.query(
                Statement(
                    "InsertKey",
                    """
                    INSERT INTO api_key (tenant_id, public_id, secret_hash, name, scopes, expires_at)
                    VALUES (\(tenant.tenantID), \(token.publicID), \(PostgresBytes(token.secretHash)), \(name),
                        \(scopes.map(\.rawValue)), now() + make_interval(days => \(days)))
                    RETURNING api_key_id
                    """), deadline: deadline)
            let keyID = try rows.value(0, 0, as: Int.self)
            try await AuditEntry(
                action: "key.created", tenantID: tenant.tenantID, object: "key:\(token.publicID)",
                detail: ["name": name, "scopes": scopes.map(\.rawValue).joined(separator: ",")]
            ).write(transaction)
            return keyID
        }
    }

    /// Lets a key be good for so many days from now.
    ///
    /// - Returns: false when it is no key of the tenant, or has ended.
    func prolong(_ publicID: String, of tenant: RegisteredTenant, days: Int32) async throws -> Bool {
        let deadline = ContinuousClock.now + .seconds(30)
        return try await pool.withTransaction(deadline: deadline) { transaction in
            let changed = try await transaction.execute(
                Statement(
                    "ProlongKey",
                    """
                    UPDATE api_key SET expires_at = now() + make_interval(days => \(days))
                    WHERE tenant_id = \(tenant.tenantID) AND public_id = \(publicID) AND revoked_at IS NULL
                        AND expires_at > now()
                    """), deadline: deadline)
            guard changed > 0 else { return false }
            try await AuditEntry(action: "key.changed", tenantID: tenant.tenantID, object: "key:\(publicID)")
                .write(transaction)
            return true
        }
    }

    /// Ends a key of the API for good.
    ///
    /// - Returns: false when the tenant has no such key that is not revoked.
    static func revoke(
        _ publicID: String, of tenant: RegisteredTenant, _ transaction: borrowing PostgresTransaction
    ) async throws -> Bool {
        try await transaction.execute(
            Statement(
                "RevokeKey",
                """
                UPDATE api_key SET revoked_at = now()
                WHERE tenant_id = \(tenant.tenantID) AND public_id = \(publicID) AND revoked_at IS NULL
                """), deadline: .now + .seconds(30)) > 0
    }
}
