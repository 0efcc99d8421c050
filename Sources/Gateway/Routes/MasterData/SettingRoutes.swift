import HTTPTypes
import IPC
import NIOCore
import Shared

/// GET of all settings and of one, and PUT of one.
struct SettingRoutes: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    private static let path = ["key": JSONShape.words(of: SettingKey.self)]

    var routes: [Route] {
        [
            Route(
                .get, "/api/v1/settings", "Lists settings",
                .operation(
                    "listSettings", .settings, query: NoParameters.self,
                    answers: .ok(.object(["items": .list(.either([.setting, .twoFactorRoles]))]))),
                .tenant(roles: .everyRole, scopes: [.read]) { context in
                    _ = try NoParameters(of: context.request)
                    return try await list(context)
                }),
            Route(
                .get, "/api/v1/settings/{key}", "Reads a setting",
                .operation("readSetting", .settings, path: Self.path, answers: .object(.setting)),
                .tenant(roles: .everyRole, scopes: [.read]) { context in
                    try await services.passOn(ReadSetting(key: key(context)), context)
                }),
            Route(
                .put, "/api/v1/settings/{key}", "Changes a setting",
                .operation(
                    "replaceSetting", .settings, path: Self.path, headers: [.ifMatch],
                    body: .json(SettingBody.shape.named("SettingBody")), answers: .object(.setting)),
                bodyLimit: .standard, record: .change(AuditedChange("setting.changed", of: "setting")),
                .tenant(roles: .adminsAndAbove, scopes: []) { context in
                    let key = try key(context)
                    let body = try await context.open.jsonBody()
                    _ = try SettingBody.read(key, Array(buffer: body))
                    let call = ReplaceSetting(
                        key: key, precondition: IfMatch.precondition(context.request.headers))
                    return try await services.passOn(call, context, body: body)
                }),
        ]
    }

    /// The worker's settings, then the one that the gateway keeps.
    private func list(_ context: TenantContext) async throws -> Response {
        let roles = try await TwoFactorRolesSetting(services).roles(of: context.tenant)
        let reply = try await services.call(ListSettings(), context)
        let body = Array(try await reply.wholeBody())
        guard case .object(let members) = try JSONReader.value(of: body),
            case .array(let items)? = members.first(where: { $0.key == "items" })?.value
        else { throw Fault(code: .internal) }
        var json = JSONWriter()
        json.object { json in
            json.key("items")
            json.array { json in
                for item in items { json.value(item) }
                TwoFactorRolesSetting.write(roles, to: &json)
            }
        }
        return .json(json)
    }

    /// - Throws: `notFound` for a key the product does not know.
    private func key(_ context: TenantContext) throws(Fault) -> SettingKey {
        guard let key = SettingKey(rawValue: String(context.open.parameters[0])) else {
            throw Fault(code: .notFound)
        }
        return key
    }
}
