import HTTPTypes
import NIOCore
import Shared

/// POST /auth/password: another password; every other sign-in of the person ends.
struct ChangePassword: Sendable {
    private struct PasswordBody {
        let current: String?
        let new: String

        /// - Parameters:
        ///   - names: those of the person, which the new password must not contain.
        ///   - words: those it must not be made of here.
        init(_ fields: inout JSONFields, names: [String], words: [String]) {
            current = fields.plainString("current_password")
            new = fields.required(
                fields.newPassword("new_password", names: names, words: words), "new_password", "")
        }
    }

    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .post, "/auth/password", "Changes one's own password",
            .operation(
                "changePassword", .account, "Every other sign-in of the user ends.",
                body: .json("PasswordBody") { _ = PasswordBody(&$0, names: [], words: []) }, answers: .noContent,
                refuses: [.reauthRequired, .tooManyAttempts, .overloaded]),
            bodyLimit: .standard,
            .tenant(roles: .everyRole, scopes: []) { context in
                let owner = try context.owner()
                let known = try await services.account.namesAndWords(of: owner)
                var fields = try JSONFields(body: Array(buffer: try await context.open.jsonBody()))
                let body = PasswordBody(&fields, names: known.names, words: known.words)
                try fields.finish()
                try await services.account.changePassword(to: body.new, from: body.current, of: owner)
                return Response(status: .noContent)
            })
    }
}
