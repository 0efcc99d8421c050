import HTTPTypes
import NIOCore
import Shared

/// PUT /auth/me: the language one reads; answers as GET does.
struct ChangeMyself: Sendable {
    private struct LanguageBody: JSONBody {
        let language: LanguageCode?

        init(_ fields: inout JSONFields) {
            fields.note("locale", JSONShape.words(of: LanguageCode.self).orNull)
            fields.noteRequired("locale")
            // Null is none, and has to be said.
            if !fields.isGiven("locale") { fields.fault("locale", .required) }
            language = fields.choice("locale", of: LanguageCode.self)
        }
    }

    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .put, "/auth/me", "Changes one's own language",
            .operation(
                "changeMyself", .account, "Null: that of each request. Answers as GET does.",
                body: .json(LanguageBody.self), answers: .ok(.myself)),
            bodyLimit: .standard,
            .tenant(roles: .everyRole, scopes: []) { context in
                let body = try LanguageBody.read(Array(buffer: try await context.open.jsonBody()))
                try await services.account.setLanguage(body.language, of: context.owner())
                return try await ReadMyself(services).answer(context)
            })
    }
}
