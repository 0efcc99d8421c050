import Identity
import Logging
import PostgresClient

/// The way of the admin role to any database of the product.
///
/// `CAMET_ADMIN_DATABASE` is libpq's `key=value` text of the server that holds the global database; a tenant's address
/// adds to it, so the same admin role must exist on every server.
struct AdminAccess: Sendable {
    private let address: String
    private let password: String?
    private let logger: Logger

    init(_ settings: OpsSettings) throws {
        let address = try settings.required("CAMET_ADMIN_DATABASE")
        guard !address.contains("://"), !address.lowercased().contains("password") else {
            throw OpsFailure(
                "CAMET_ADMIN_DATABASE must be key=value pairs without a password, "
                    + "as in: host=/run/postgresql user=camet_admin dbname=postgres")
        }
        self.address = address
        self.password = try OpsSecrets(settings: settings).adminPassword()
        // The verbs tell what went wrong themselves; nothing below them writes.
        self.logger = Logger(label: "camet", factory: { _ in SwiftLogNoOpLogHandler() })
    }

    /// Lends a pool of one database, on the global server or on that of a tenant's address.
    func withPool<Answer>(
        _ database: Identifier, at tenantAddress: String? = nil, _ body: (PostgresPool) async throws -> Answer
    ) async throws -> Answer {
        let settings = ConnectionSettings(
            address: [address, tenantAddress].compactMap(\.self).joined(separator: " "), password: password,
            database: database.name, applicationName: "camet-cli")
        let pool = try PostgresPool(settings, limits: PoolLimits(connections: 2), logger: logger)
        do {
            let answer = try await body(pool)
            await pool.close()
            return answer
        } catch {
            await pool.close()
            throw error
        }
    }

    /// Lends a pool of the global database; a database that does not exist is told as such.
    func withGlobalDatabase<Answer>(_ body: (PostgresPool) async throws -> Answer) async throws -> Answer {
        try await withPool(try Identifier(GlobalDatabase.name), body)
    }
}
