import ArgumentParser

/// `camet tenant list`
struct TenantList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists the tenants by slug.")

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let admin = try AdminAccess(try common.openSettings())
        let items = try await admin.withGlobalDatabase { pool in
            try await TenantRegistry(pool).all().map(TenantItem.init)
        }
        try OpsAnswer.print(
            ItemList(items: items), json: common.json,
            text: OpsAnswer.table(
                ["SLUG", "NAME", "TIMEZONE", "LOCALE", "STATE", "DATABASE"],
                items.map { [$0.slug, $0.name, $0.timezone, $0.locale, $0.state, $0.databaseName] }))
    }
}

/// A tenant as the verbs print it.
struct TenantItem: Encodable {
    let tenantID: Int
    let slug: String
    let name: String
    let timezone: String
    let locale: String
    let state: String
    let databaseName: String

    init(_ tenant: RegisteredTenant) {
        tenantID = tenant.tenantID
        slug = tenant.slug
        name = tenant.name
        timezone = tenant.timezone
        locale = tenant.locale
        state = tenant.state.rawValue
        databaseName = tenant.databaseName
    }

    private enum CodingKeys: String, CodingKey {
        case tenantID = "tenant_id"
        case slug
        case name
        case timezone
        case locale
        case state
        case databaseName = "database_name"
    }
}
