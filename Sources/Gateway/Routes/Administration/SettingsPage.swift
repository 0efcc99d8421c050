import HTTPTypes
import Shared

/// GET /admin/settings and POST /admin/settings/{key}: what is set once for the whole company.
struct SettingsPage: Sendable {
    private let pages: AdministrationPages

    init(_ pages: AdministrationPages) {
        self.pages = pages
    }

    static func apiPath(_ key: String) -> String { "/api/v1/settings/\(key)" }

    private static var keys: [String] { SettingKey.allCases.map(\.rawValue) + [TwoFactorRolesSetting.key] }

    func routes(_ page: AdministrationRoutes.Row) -> [Route] {
        let roles = pages.api.roles(.put, Self.apiPath(SettingKey.hotMonths.rawValue))
        return [
            page(.get, "/admin/settings", "The company's settings", roles) { try await show($0) },
            page(.post, "/admin/settings/{key}", "Changes a setting", roles) { try await submit($0) },
        ]
    }

    private func show(
        _ context: TenantContext, refused: AdministrationSettingsModel.Refused? = nil,
        status: HTTPResponse.Status = .ok
    ) async throws -> Response {
        let frame = try await pages.frame(context, .settings)
        var settings: [AdministrationSettingsModel.Present] = []
        for key in Self.keys {
            let reply = try await pages.api.ask(.get, Self.apiPath(key), context)
            settings.append(.init(key: key, value: reply.value["value"], tag: reply.tag ?? ""))
        }
        let model = AdministrationSettingsModel(
            settings, refused: refused, notices: pages.notices(context, frame.localisation), frame)
        return .page(pages.services.pages.render(.adminSettings, model), status: status)
    }

    private func submit(_ context: TenantContext) async throws -> Response {
        let key = String(context.open.parameters[0])
        guard Self.keys.contains(key) else { throw Fault(code: .notFound) }
        let form = AdministrationForm(try await context.sessionItems())
        let value: JSONValue
        if key == TwoFactorRolesSetting.key {
            value = .array(form.all("value").map { .string($0) })
        } else {
            let typed = form.first("value")
            value = Int64(typed).map { .integer($0) } ?? (typed.isEmpty ? .null : .string(typed))
        }
        do {
            _ = try await pages.api.ask(
                .put, Self.apiPath(key), body: .object([JSONMember(key: "value", value: value)]),
                ifMatch: form.first("etag"), context)
            return AdministrationPages.lead(to: "/admin/settings", .saved)
        } catch let fault as Fault {
            guard fault.code != .unauthorized else { throw fault }
            let texts = pages.services.pages.faultTexts
            let site = context.open.site(pages.services, user: context.principal.language)
            let message =
                fault.parameters.first.map { texts.message(of: $0, in: site.language) }
                ?? texts.text(of: fault.code, in: site.language).detail
            return try await show(
                context, refused: .init(key: key, typed: form.all("value"), message: message),
                status: fault.code.status)
        }
    }
}
