import HTTPTypes
import Shared

/// POST /account/pin and /account/pin/remove: one's own PIN at stations.
struct SubmitStationPIN: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var routes: [Route] {
        [
            route("/account/pin", "Sets one's own PIN", .setPIN, done: .pinSet) { form, owner in
                let pin = form["pin"] ?? ""
                if let fault = StationPIN.fault(in: pin) { throw AccountPage.Failure.pin(fault) }
                if form["pin_again"] != pin { throw AccountPage.Failure.pinDiffers }
                try await services.account.confirm(form["password"], of: owner)
                try await services.stationPeople.setPIN(pin, of: owner)
            },
            route("/account/pin/remove", "Takes one's own PIN away", .removePIN, done: .pinRemoved) { _, owner in
                try await services.stationPeople.removePIN(
                    of: owner.user, in: owner.tenant, by: owner.user, from: owner.caller)
            },
        ]
    }

    private func route(
        _ path: String, _ summary: String, _ form: AccountPage.Form, done: AccountPage.Done,
        _ change: @escaping @Sendable ([String: String], OwnAccount.Owner) async throws -> Void
    ) -> Route {
        Route(
            .post, path, summary, .unlisted("The form of a page."), bodyLimit: .standard,
            .page(roles: .operatorsAndAbove) { context in
                do {
                    try await change(context.sessionForm(), context.owner())
                    return Response(status: .seeOther, headers: [.location: "/account?done=\(done.rawValue)"])
                } catch let fault as Fault {
                    return try await ShowAccount(services).page(context, refusing: form, because: fault)
                } catch let failure as AccountPage.Failure {
                    return try await ShowAccount(services).page(
                        context, failure: (form, failure), status: .unprocessableContent)
                }
            })
    }
}
