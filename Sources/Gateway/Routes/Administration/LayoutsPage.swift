import HTTPTypes
import Shared

/// GET /admin/layouts, GET and POST /admin/layouts/{role}, and /delete below it: how the dashboard of each role is arranged.
struct LayoutsPage: Sendable {
    static let apiPath = "/api/v1/\(MasterDataResource.layouts.rawValue)"

    private let pages: AdministrationPages

    init(_ pages: AdministrationPages) {
        self.pages = pages
    }

    func routes(_ page: AdministrationRoutes.Row) -> [Route] {
        let roles = pages.api.roles(.post, Self.apiPath)
        let path = AdministrationPlace.layouts.path
        return [
            page(.get, path, "How dashboards are arranged", roles) { try await list($0) },
            page(.get, "\(path)/{role}", "The layout of a role", roles) { try await show($0) },
            page(.post, "\(path)/{role}", "Moves a tile of a form, or saves it", roles) { try await submit($0) },
            page(.get, "\(path)/{role}/delete", "What the standard would do", roles) { try await standard($0) },
            page(.post, "\(path)/{role}/delete", "Goes back to the standard", roles) { try await delete($0) },
        ]
    }

    private func list(_ context: TenantContext) async throws -> Response {
        let frame = try await pages.frame(context, .layouts)
        var stored: [Role: DashboardLayout] = [:]
        for item in try await pages.api.ask(.get, Self.apiPath, query: "limit=1000", context).value["items"].elements {
            guard let role = item["role"].text.flatMap(Role.init(rawValue:)) else { continue }
            stored[role] = DashboardLayout(item)
        }
        let model = AdministrationLayoutsModel(
            stored: stored, notices: pages.notices(context, frame.localisation), frame)
        return .page(pages.services.pages.render(.adminLayouts, model))
    }

    // MARK: The form

    private func show(_ context: TenantContext) async throws -> Response {
        let role = try role(context)
        let stored = try await stored(role, context)
        return try await show(
            .init(
                role: role, form: LayoutForm(stored?.layout ?? .standard(for: role)), tag: stored?.tag), context)
    }

    private func show(
        _ shown: AdministrationLayoutModel.Shown, as template: PageRenderer.Page = .adminLayout,
        status: HTTPResponse.Status = .ok, _ context: TenantContext
    ) async throws -> Response {
        let frame = try await pages.frame(context, .layouts)
        var shown = shown
        shown.notices += pages.notices(context, frame.localisation)
        shown.history = try await pages.history(of: "layout:\(shown.role.layoutID)", context) ?? []
        let model = AdministrationLayoutModel(shown, zone: try await pages.tenantZone(context), frame)
        return .page(pages.services.pages.render(template, model), status: status)
    }

    private func submit(_ context: TenantContext) async throws -> Response {
        let role = try role(context)
        let items = try await context.sessionItems()
        let tag = items.firstValues["etag"].flatMap { $0.isEmpty ? nil : $0 }
        var shown = AdministrationLayoutModel.Shown(role: role, form: LayoutForm(items), tag: tag)
        if let move = items.firstValues["move"] {
            shown.moved = shown.form.move(move)
            return try await show(shown, context)
        }
        do {
            let path = tag == nil ? Self.apiPath : "\(Self.apiPath)/\(role.layoutID)"
            _ = try await pages.api.ask(
                tag == nil ? .post : .put, path, body: shown.form.body(of: role), ifMatch: tag, context)
            return AdministrationPages.lead(to: AdministrationPlace.layouts.path, .saved)
        } catch let fault as Fault {
            switch fault.code {
            case .preconditionFailed, .alreadyExists, .notFound:
                // The next attempt is against what is there now.
                let stored = try await stored(role, context)
                shown.tag = stored?.tag
                shown.theirs = stored?.layout ?? .standard(for: role)
                return try await show(shown, status: FaultCode.preconditionFailed.status, context)
            case .unauthorized: throw fault
            default:
                shown.notices = notices(of: fault, context)
                return try await show(shown, status: fault.code.status, context)
            }
        }
    }

    // MARK: Back to the standard

    private func standard(_ context: TenantContext) async throws -> Response {
        try await standard(notices: [], status: .ok, context)
    }

    /// - Throws: `notFound` where the standard holds already.
    private func standard(
        notices: [AdministrationNotice], status: HTTPResponse.Status, _ context: TenantContext
    ) async throws -> Response {
        let role = try role(context)
        guard let stored = try await stored(role, context) else { throw Fault(code: .notFound) }
        return try await show(
            .init(role: role, form: LayoutForm(stored.layout), tag: stored.tag, notices: notices),
            as: .adminLayoutStandard, status: status, context)
    }

    private func delete(_ context: TenantContext) async throws -> Response {
        let role = try role(context)
        let tag = try await context.sessionItems().firstValues["etag"].flatMap { $0.isEmpty ? nil : $0 }
        do {
            _ = try await pages.api.ask(.delete, "\(Self.apiPath)/\(role.layoutID)", ifMatch: tag, context)
            return AdministrationPages.lead(to: AdministrationPlace.layouts.path, .saved)
        } catch let fault as Fault {
            guard fault.code != .notFound, fault.code != .unauthorized else { throw fault }
            return try await standard(notices: notices(of: fault, context), status: fault.code.status, context)
        }
    }

    // MARK: What is there

    /// - Throws: `notFound` for what is no role.
    private func role(_ context: TenantContext) throws(Fault) -> Role {
        guard let role = Role(rawValue: String(context.open.parameters[0])) else { throw Fault(code: .notFound) }
        return role
    }

    /// The layout that is stored for a role; nil while the standard holds.
    private func stored(_ role: Role, _ context: TenantContext) async throws -> (
        layout: DashboardLayout, tag: String?
    )? {
        do {
            let reply = try await pages.api.ask(.get, "\(Self.apiPath)/\(role.layoutID)", context)
            return DashboardLayout(reply.value).map { ($0, reply.tag) }
        } catch let fault as Fault where fault.code == .notFound {
            return nil
        }
    }

    private func notices(of fault: Fault, _ context: TenantContext) -> [AdministrationNotice] {
        let texts = pages.services.pages.faultTexts
        let language = context.open.site(pages.services, user: context.principal.language).language
        let message =
            fault.parameters.first.map { texts.message(of: $0, in: language) }
            ?? texts.text(of: fault.code, in: language).detail
        return [AdministrationNotice(text: message, isBad: true)]
    }
}
