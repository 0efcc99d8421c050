import HTTPTypes
import Identity
import Shared

/// GET /account.
struct ShowAccount: Sendable {
    /// How many sign-ins a page has.
    private static let sessionsPerPage = 20

    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .get, "/account", "A person's own account", .unlisted("A page."), isForEnrolling: true,
            .page(roles: .everyRole) { context in
                let query = QueryItems(context.request.uri.query ?? "").firstValues
                let last = query["sessions"].flatMap(ListSessions.Cursor.init(parsing:))
                if query["sessions"] != nil, last == nil { throw Fault.invalid("sessions", .invalidFormat) }
                return try await page(
                    context,
                    sessionsAfter: last,
                    done: query["done"].flatMap(AccountPage.Done.init(rawValue:)))
            })
    }

    /// - Parameters:
    ///   - newCodes: recovery codes just made, which exist nowhere else.
    ///   - last: the last sign-in of the page of them before; nil for the newest.
    func page(
        _ context: TenantContext,
        newCodes: [RecoveryCode] = [],
        sessionsAfter last: ListSessions.Cursor? = nil,
        failure: (form: AccountPage.Form, why: AccountPage.Failure)? = nil,
        passwordFailures: [AccountPage.PasswordField: AccountPage.Failure] = [:],
        done: AccountPage.Done? = nil,
        status: HTTPResponse.Status = .ok
    ) async throws -> Response {
        let owner = try context.owner()
        let user = owner.user
        let bar = try await PersonBar(context, services)
        let known = try await services.signIn.session(owner.session, user: user, tenant: context.tenant)
        let methods = try await services.secondFactors.all(of: user).map(\.method)
        let enrolled = try await services.secondFactors.enrolledApplication(user, in: owner.session)
        var hasPIN: Bool?
        if Set<Role>.operatorsAndAbove.contains(bar.role) {
            hasPIN = try await services.stationPeople.hasPIN(user, in: context.tenant)
        }
        let codesLeft = try await services.secondFactors.recoveryCodesLeft(of: user)
        let html = services.pages.accountPage(
            AccountPage(
                bar: bar,
                sessions: try await sessions(of: owner, after: last),
                hasApplication: methods.contains(.totp),
                hasTelephone: methods.contains(.sms),
                offersMessages: services.messageCodes != nil,
                isTelephoneWaiting: try await services.secondFactors.isWaiting(user, in: owner.session, .sms),
                needsSecondFactor: known.twoFactorRoles.contains(bar.role),
                recoveryCodesLeft: codesLeft,
                enrolment: enrolled.map { code in
                    AccountPage.Enrolment(
                        secret: code.text,
                        address: code.address(issuer: SecondFactors.issuer, account: known.username))
                },
                newRecoveryCodes: newCodes.map(\.text),
                hasPIN: hasPIN,
                failure: failure,
                passwordFailures: passwordFailures,
                done: done
            ),
            site: context.open.site(services, user: context.principal.language)
        )
        return .page(html, status: status)
    }

    /// The page that tells beside a form why it was not accepted.
    ///
    /// - Throws: `fault` itself when the page has no words for it.
    func page(
        _ context: TenantContext, refusing form: AccountPage.Form, because fault: Fault
    ) async throws -> Response {
        guard let why = AccountPage.Failure(fault) else { throw fault }
        var response = try await page(context, failure: (form, why), status: fault.code.status)
        fault.addHeaders(to: &response.headers)
        return response
    }

    private func sessions(
        of owner: OwnAccount.Owner, after last: ListSessions.Cursor?
    ) async throws -> AccountSessions {
        let limit = Self.sessionsPerPage
        let found = try await services.account.sessions(of: owner, after: last, limit: limit + 1)
        return AccountSessions(
            shown: found.prefix(limit).map { row in
                AccountSessions.Session(
                    id: row.session.description,
                    isOfPages: row.kind == "page",
                    isCurrent: row.session == owner.session,
                    tenantName: row.tenantName,
                    address: row.address,
                    userAgent: row.userAgent,
                    begunAt: row.createdAt,
                    lastUsedAt: row.lastSeenAt)
            },
            isContinued: last != nil,
            next: found.count > limit ? found[limit - 1].cursor.text : nil,
            now: services.clock()
        )
    }
}
