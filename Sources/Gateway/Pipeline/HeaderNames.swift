import HTTPTypes

extension HTTPField.Name {
    static let requestID = named("X-Request-Id")
    static let apiKey = named("X-API-Key")
    static let csrfToken = named("X-CSRF-Token")
    static let stationTurn = named("X-Station-Turn")
    static let serviceWorkerAllowed = named("Service-Worker-Allowed")
    static let fetchSite = named("Sec-Fetch-Site")
    static let lastEventID = named("Last-Event-ID")
    static let idempotencyKey = named("Idempotency-Key")
    static let host = named("Host")
    static let forwardedFor = named("X-Forwarded-For")
    static let forwardedProtocol = named("X-Forwarded-Proto")
    static let webSocketKey = named("Sec-WebSocket-Key")
    static let webSocketVersion = named("Sec-WebSocket-Version")
    static let webSocketAccept = named("Sec-WebSocket-Accept")
    static let rateLimit = named("RateLimit")
    static let rateLimitPolicy = named("RateLimit-Policy")

    private static func named(_ text: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(text) else { preconditionFailure("\(text) is no name of a header") }
        return name
    }
}
