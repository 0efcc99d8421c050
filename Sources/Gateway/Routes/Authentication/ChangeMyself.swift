import HTTPTypes
import NIOCore
import Shared

/// PUT /auth/me: the language one reads; answers as GET does.
struct ChangeMyself: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .put, "/auth/me", "Changes one's own language", bodyLimit: .standard,
            .tenant(roles: .everyRole, scopes: []) { context in
                var fields = try JSONFields(body: Array(buffer: try await context.open.jsonBody()))
                if !fields.isGiven("locale") { fields.fault("locale", .required) }
                let language = fields.choice("locale", of: LanguageCode.self)
                try fields.finish()
                try await services.account.setLanguage(language, of: context.owner())
                return try await ReadMyself(services).answer(context)
            })
    }
}
