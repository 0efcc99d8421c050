import HTTPTypes
import Identity
import PostgresClient
import Shared

/// GET and POST /device/{token}: the link by which a browser becomes a screen or tablet of the shop floor.
///
/// The page alone changes nothing, so that nobody who only looks at a link, as programs do for a preview, becomes one.
struct OpenDevice: Sendable {
    static let path = "/device/{token}"
    /// As long as browsers keep a cookie at most.
    private static let longestCookie: Int64 = 400 * 86_400

    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var routes: [Route] {
        [
            Route(
                .get, Self.path, "What a browser becomes by a link", .unlisted("A page."), rate: .unlimited,
                .open { context in try await show(context) }),
            Route(
                .post, Self.path, "Makes a browser a device", .unlisted("The form of a page."), bodyLimit: .standard,
                rate: .unlimited,
                .open { context in try await use(context) }),
        ]
    }

    private func show(_ context: OpenContext) async throws -> Response {
        let (device, token) = try await device(context)
        guard case .device(let csrfToken) = device.proof, let enrolled = device.device else {
            throw Fault(code: .notFound)
        }
        var response = Response.page(
            services.pages.devicePage(
                DevicePage(
                    device: enrolled,
                    tenantName: try await tenantName(enrolled.tenant),
                    action: "/device/\(token)",
                    csrfToken: csrfToken
                ),
                site: context.site(services, user: enrolled.language)))
        response.headers[.cacheControl] = "no-store"
        return response
    }

    private func use(_ context: OpenContext) async throws -> Response {
        let (identity, token) = try await device(context)
        guard let csrfToken = identity.csrfToken, let device = identity.device else { throw Fault(code: .notFound) }
        let form = try await context.form()
        try CrossSiteRequests.checkForm(context.request, given: form["csrf_token"], expected: csrfToken)
        _ = try await databaseFaults {
            try await services.pool.execute(
                InsertAuditEntry.statement(
                    AuditRecord(
                        actor: AuditRecord.anonymous, tenant: device.tenant, action: "device.enrolled",
                        object: "device:\(device.id)", from: context.caller)),
                deadline: .now + .seconds(10))
        }
        var response = Response(status: .seeOther, headers: [.location: device.path])
        let left = device.expiresAt.map { ($0 - services.clock()) / Instant.microsecondsPerSecond }
        response.setCookie(
            Cookie(
                name: Identification.deviceCookie(of: context.request),
                value: token,
                maxAge: Int(min(left ?? Self.longestCookie, Self.longestCookie)),
                path: context.request.base + "/",
                httpOnly: true,
                isSecure: context.request.isSecure,
                sameSite: .lax
            ))
        return response
    }

    /// - Throws: `notFound`, the same for a link that is unknown, revoked or over; `rateLimited` for an address that has tried
    ///   too many.
    private func device(_ context: OpenContext) async throws -> (VerifiedIdentity, String) {
        let token = String(context.parameters[0])
        guard let identity = try await services.identification.ofDevice(token, context.request) else {
            throw Fault(code: .notFound)
        }
        return (identity, token)
    }

    private func tenantName(_ tenant: TenantID) async throws -> String {
        try await databaseFaults {
            try await ReadTenantName.read(
                services.pool.query(ReadTenantName.statement(tenant), deadline: .now + .seconds(10))
            ).last ?? ""
        }
    }
}
