package import IPC
package import Shared

/// What the registry of tenants knows that a worker must be told at its start.
package struct TenantBootData: Equatable, Sendable {
    package var slug: String
    /// IANA name of the tenant's zone.
    package var timeZone: String
    /// libpq connection string of the tenant's database, with the worker's role and password.
    package var database: String
    package var limits: WorkerLimits

    package init(slug: String, timeZone: String, database: String, limits: WorkerLimits) {
        self.slug = slug
        self.timeZone = timeZone
        self.database = database
        self.limits = limits
    }
}

/// A tenant by number and by name.
package struct TenantName: Hashable, Sendable {
    package var tenant: TenantID
    package var slug: String

    package init(tenant: TenantID, slug: String) {
        self.tenant = tenant
        self.slug = slug
    }
}

/// The registry of tenants, as far as workers need it.
package struct WorkerTenants: Sendable {
    /// Asked for each start of a worker and after each change. It has a deadline of its own, and throws when the tenant may
    /// have no worker: a fault `not_found` when it is not served, `database_unavailable` when that cannot be told now.
    package var bootData: @Sendable (TenantID) async throws -> TenantBootData
    /// Every tenant, in the order in which they are listed.
    package var all: @Sendable () async throws -> [TenantName]

    package init(
        bootData: @escaping @Sendable (TenantID) async throws -> TenantBootData,
        all: @escaping @Sendable () async throws -> [TenantName]
    ) {
        self.bootData = bootData
        self.all = all
    }
}
