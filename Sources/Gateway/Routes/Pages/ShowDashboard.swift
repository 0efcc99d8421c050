import HTTPTypes
import Shared

/// GET /: the dashboard's shell; its tiles follow.
struct ShowDashboard: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .get, "/", "The dashboard", .unlisted("A page."),
            .page(roles: .everyRole) { context in try await show(context) })
    }

    private func show(_ context: TenantContext) async throws -> Response {
        guard case .pageSession(let token) = context.identity.proof,
            case .user(let user, _) = context.principal.kind
        else { throw Fault(code: .forbidden) }
        let asked = try await AskedDashboard(services, context)
        try await asked.validate(services, context)
        let choices = asked.choices
        let memberships = try await services.signIn.memberships(of: user)
        let site = context.open.site(services, user: context.principal.language)
        let html = services.pages.dashboardPage(
            DashboardPage(
                view: asked.view,
                tenantName: memberships.first { $0.tenant == context.tenant }?.name ?? "",
                userName: try await services.signIn.name(of: user),
                role: asked.role,
                csrfToken: token,
                plants: choices.plants.map { DashboardPage.Plant(id: PlantID($0.plantId), name: $0.plantName) },
                lines: choices.lines.map {
                    DashboardPage.Line(
                        id: LineID($0.lineId), plant: PlantID($0.plantId), code: $0.lineCode, name: $0.lineName)
                },
                lineGroups: choices.lineGroups.map {
                    DashboardPage.LineGroup(
                        id: LineGroupID($0.lineGroupId), name: $0.groupName, plants: choices.plants(of: $0))
                },
                shifts: choices.shifts.map {
                    DashboardPage.Shift(
                        id: ShiftID($0.shiftId), plant: $0.plantId.map { PlantID($0) }, name: $0.shiftName)
                },
                otherTenants: memberships.filter { $0.tenant != context.tenant && !$0.isSuspended }.map {
                    DashboardPage.Membership(slug: $0.slug, name: $0.name)
                }
            ),
            site: site
        )
        return .page(html)
    }
}
