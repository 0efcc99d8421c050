import Shared

extension PersonBar {
    /// The bar of a page that somebody has asked for.
    ///
    /// - Throws: `forbidden` where it is no page's session that asks.
    init(_ context: TenantContext, _ services: Services, section: SiteSection? = nil) async throws {
        guard case .pageSession(let token) = context.identity.proof,
            case .user(let user, let role) = context.principal.kind
        else { throw Fault(code: .forbidden) }
        let memberships = try await services.signIn.memberships(of: user)
        self.init(
            tenantName: memberships.first { $0.tenant == context.tenant }?.name ?? "",
            userName: try await services.signIn.name(of: user),
            role: role,
            csrfToken: token,
            otherTenants: memberships.filter { $0.tenant != context.tenant && !$0.isSuspended }.map {
                Membership(slug: $0.slug, name: $0.name)
            },
            section: section
        )
    }
}
