/// The fields that every answer carries for the sake of security, whatever it is.
enum SecurityHeaders {
    /// Always the same, in lower case, as HTTP/2 has names.
    private static let standing: [(name: String, value: String)] = [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=(), microphone=(), geolocation=()"),
    ]
    /// For a year the browser speaks only TLS to this host. Sent over TLS only: over plain HTTP anybody could say it.
    private static let transport = (name: "strict-transport-security", value: "max-age=31536000")
    private static let policyName = "content-security-policy"

    /// `Content-Security-Policy` of anything but a page: it may load nothing, and leads nowhere.
    private static let closedPolicy = "default-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"

    private static let standingBytes = Array(standing.map(line).joined().utf8)
    private static let transportBytes = Array(line(transport).utf8)
    private static let closedPolicyBytes = Array(line((policyName, closedPolicy)).utf8)
    private static let policyNameBytes = Array(line((policyName, "")).utf8.dropLast(2))

    /// A line of a head of HTTP/1.1, with its name written as people know it.
    private static func line(_ field: (name: String, value: String)) -> String {
        let name = field.name.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }
        return "\(name.joined(separator: "-")): \(field.value)\r\n"
    }

    /// What a page may load: its own files, and the scripts that carry its nonce.
    private static func pagePolicy(nonce: String) -> String {
        """
        default-src 'none'; script-src 'self' 'nonce-\(nonce)'; style-src 'self'; img-src 'self'; font-src 'self'; \
        connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'
        """
    }

    private static func policy(_ pageNonce: String?) -> String {
        pageNonce.map(pagePolicy) ?? closedPolicy
    }

    /// - Parameters:
    ///   - pageNonce: of a page; nil for everything else.
    ///   - isSecure: whether the client is spoken to over TLS.
    static func append(to head: inout [UInt8], pageNonce: String?, isSecure: Bool) {
        head += standingBytes
        if isSecure { head += transportBytes }
        guard let pageNonce else {
            head += closedPolicyBytes
            return
        }
        head += policyNameBytes
        head.append(text: pagePolicy(nonce: pageNonce))
        head.append(literal: "\r\n")
    }

    /// Calls a function with each name, in lower case, and its value.
    static func forEach(pageNonce: String?, isSecure: Bool, _ body: (String, String) -> Void) {
        for field in standing { body(field.name, field.value) }
        if isSecure { body(transport.name, transport.value) }
        body(policyName, policy(pageNonce))
    }
}
