import HTTPTypes
import NIOCore
import Shared

/// POST /auth/password: another password; every other sign-in of the person ends.
struct ChangePassword: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .post, "/auth/password", "Changes one's own password", bodyLimit: .standard,
            .tenant(roles: .everyRole, scopes: []) { context in
                let owner = try context.owner()
                let known = try await services.account.namesAndWords(of: owner)
                var fields = try JSONFields(body: Array(buffer: try await context.open.jsonBody()))
                let current = fields.plainString("current_password")
                let new = fields.required(
                    fields.newPassword("new_password", names: known.names, words: known.words), "new_password", "")
                try fields.finish()
                try await services.account.changePassword(to: new, from: current, of: owner)
                return Response(status: .noContent)
            })
    }
}
