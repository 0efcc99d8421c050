import HTTPTypes

extension HTTPField.Name {
    static let requestID = named("X-Request-Id")
    static let processTime = named("X-Process-Time")
    static let serverTiming = named("Server-Timing")
    static let apiKey = named("X-API-Key")
    static let csrfToken = named("X-CSRF-Token")
    static let fetchSite = named("Sec-Fetch-Site")
    static let lastEventID = named("Last-Event-ID")
    static let idempotencyKey = named("Idempotency-Key")
    /// The first is the authority; only a second one is left among the fields.
    static let repeatedHost = named("Host")
    static let contentTypeOptions = named("X-Content-Type-Options")
    static let frameOptions = named("X-Frame-Options")
    static let referrerPolicy = named("Referrer-Policy")
    static let openerPolicy = named("Cross-Origin-Opener-Policy")
    static let resourcePolicy = named("Cross-Origin-Resource-Policy")
    static let permissionsPolicy = named("Permissions-Policy")

    private static func named(_ text: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(text) else { preconditionFailure("\(text) is no name of a header") }
        return name
    }
}
