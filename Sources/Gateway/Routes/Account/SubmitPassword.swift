import HTTPTypes
import Identity
import Shared

/// POST /account/password: another password; every other sign-in of the person ends.
struct SubmitPassword: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .post, "/account/password", "Changes one's own password", .unlisted("The form of a page."),
            bodyLimit: .standard, isForEnrolling: true,
            .page(roles: .everyRole) { context in
                do {
                    return try await change(context)
                } catch let fault as Fault {
                    guard let why = AccountPage.Failure(fault) else { throw fault }
                    var response = try await ShowAccount(services).page(
                        context, passwordFailures: [.current: why], status: fault.code.status)
                    fault.addHeaders(to: &response.headers)
                    return response
                }
            })
    }

    /// The new password is judged first: a wrong present one counts, what is to be typed anew anyway does not.
    private func change(_ context: TenantContext) async throws -> Response {
        let form = try await context.sessionForm()
        func field(_ name: AccountPage.PasswordField) -> String { form[name.rawValue] ?? "" }
        let owner = try context.owner()
        let known = try await services.account.namesAndWords(of: owner)
        var failures: [AccountPage.PasswordField: AccountPage.Failure] = [:]
        let names = known.names.map { FoldedName($0) }
        if let fault = PasswordRule.fault(in: field(.new), names: names, words: known.words) {
            failures[.new] = .newPassword(fault)
        }
        if field(.again) != field(.new) { failures[.again] = .differs }
        guard failures.isEmpty else {
            return try await ShowAccount(services).page(
                context, passwordFailures: failures, status: .unprocessableContent)
        }
        try await services.account.changePassword(to: field(.new), from: field(.current), of: owner)
        return Response(
            status: .seeOther, headers: [.location: "/account?done=\(AccountPage.Done.passwordChanged.rawValue)"])
    }
}
