import HTTPTypes

/// The headers that every answer carries, whatever it is.
struct SecurityHeaders: Sendable {
    private static let standing: [(HTTPField.Name, String)] = [
        (.contentTypeOptions, "nosniff"),
        (.frameOptions, "DENY"),
        (.referrerPolicy, "same-origin"),
        (.openerPolicy, "same-origin"),
        (.resourcePolicy, "same-origin"),
        (.permissionsPolicy, "camera=(), microphone=(), geolocation=()"),
    ]

    /// What anything but a page may load: nothing.
    private static let closedPolicy = "default-src 'none'; frame-ancestors 'none'"

    /// What a page may load: its own files, and the scripts that carry its nonce.
    private static func pagePolicy(nonce: String) -> String {
        """
        default-src 'none'; script-src 'self' 'nonce-\(nonce)'; style-src 'self'; img-src 'self'; font-src 'self'; \
        connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'
        """
    }

    /// - Parameter pageNonce: of a page; nil for everything else.
    static func add(to headers: inout HTTPFields, pageNonce: String?) {
        for (name, value) in standing {
            headers[name] = value
        }
        headers[.contentSecurityPolicy] = pageNonce.map(pagePolicy) ?? closedPolicy
        if !headers.contains(.cacheControl) {
            headers[.cacheControl] = "private, no-store"
        }
    }
}
