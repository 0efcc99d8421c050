import HTTPTypes
import Identity
import Shared

/// GET /account.
struct ShowAccount: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .get, "/account", "A person's own account", .unlisted("A page."), isForEnrolling: true,
            .page(roles: .everyRole) { context in
                let query = QueryItems(context.request.uri.query ?? "").firstValues
                return try await page(context, done: query["done"].flatMap(AccountPage.Done.init(rawValue:)))
            })
    }

    /// - Parameters:
    ///   - newCodes: recovery codes just made, which exist nowhere else.
    func page(
        _ context: TenantContext,
        newCodes: [RecoveryCode] = [],
        failure: (form: AccountPage.Form, why: AccountPage.Failure)? = nil,
        done: AccountPage.Done? = nil,
        status: HTTPResponse.Status = .ok
    ) async throws -> Response {
        guard case .pageSession(let token) = context.identity.proof, let session = context.identity.session,
            case .user(let user, let role) = context.principal.kind
        else { throw Fault(code: .forbidden) }
        let memberships = try await services.signIn.memberships(of: user)
        let known = try await services.signIn.session(session, user: user, tenant: context.tenant)
        let methods = try await services.secondFactors.all(of: user).map(\.method)
        let enrolled = try await services.secondFactors.enrolledApplication(user)
        let codesLeft = try await services.secondFactors.recoveryCodesLeft(of: user)
        let html = services.pages.accountPage(
            AccountPage(
                tenantName: memberships.first { $0.tenant == context.tenant }?.name ?? "",
                userName: known.username,
                role: role,
                csrfToken: token,
                otherTenants: memberships.filter { $0.tenant != context.tenant && !$0.isSuspended }.map {
                    DashboardPage.Membership(slug: $0.slug, name: $0.name)
                },
                hasApplication: methods.contains(.totp),
                hasTelephone: methods.contains(.sms),
                offersMessages: services.messageCodes != nil,
                isTelephoneWaiting: try await services.secondFactors.isWaiting(user, .sms),
                needsSecondFactor: known.twoFactorRoles.contains(role),
                recoveryCodesLeft: codesLeft,
                enrolment: enrolled.map { code in
                    AccountPage.Enrolment(
                        secret: code.text,
                        address: code.address(issuer: SecondFactors.issuer, account: known.username))
                },
                newRecoveryCodes: newCodes.map(\.text),
                failure: failure,
                done: done
            ),
            site: context.open.site(services, user: context.principal.language)
        )
        return .page(html, status: status)
    }
}
