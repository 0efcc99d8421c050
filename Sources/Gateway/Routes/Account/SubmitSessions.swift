import HTTPTypes
import Shared

/// POST /account/sessions/{end,end-others}: ends one of one's own sign-ins, or all but the one that asks.
struct SubmitSessions: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var routes: [Route] {
        [
            route(.endSession, "Ends a sign-in of oneself", done: .sessionEnded) { form, owner in
                try await services.account.end(SessionID(form["sid"] ?? ""), of: owner)
            },
            route(.endOtherSessions, "Ends every other sign-in of oneself", done: .otherSessionsEnded) { _, owner in
                try await services.account.endOthers(of: owner)
            },
        ]
    }

    private func route(
        _ form: AccountPage.Form,
        _ summary: String,
        done: AccountPage.Done,
        _ end: @escaping @Sendable ([String: String], OwnAccount.Owner) async throws -> Void
    ) -> Route {
        Route(
            .post, "/account/sessions/\(form.rawValue)", summary, .unlisted("The form of a page."),
            bodyLimit: .standard, isForEnrolling: true,
            .page(roles: .everyRole) { context in
                do {
                    try await end(context.sessionForm(), context.owner())
                    return Response(status: .seeOther, headers: [.location: "/account?done=\(done.rawValue)"])
                } catch let fault as Fault {
                    return try await ShowAccount(services).page(context, refusing: form, because: fault)
                }
            })
    }
}
