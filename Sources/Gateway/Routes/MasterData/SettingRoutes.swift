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
                    answers: .ok(.object(["items": .list(.setting)]))),
                .tenant(roles: .everyRole, scopes: [.read]) { context in
                    _ = try NoParameters(of: context.request)
                    return try await services.passOn(ListSettings(), context)
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
                bodyLimit: .standard,
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

    /// - Throws: `notFound` for a key the product does not know.
    private func key(_ context: TenantContext) throws(Fault) -> SettingKey {
        guard let key = SettingKey(rawValue: String(context.open.parameters[0])) else {
            throw Fault(code: .notFound)
        }
        return key
    }
}
