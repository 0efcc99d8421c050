import NIOCore

/// The fields that every answer carries for the sake of security, whatever it is.
enum SecurityHeaders {
    /// `Content-Security-Policy` of anything but a page: it may load nothing.
    private static let closedPolicy = "default-src 'none'; frame-ancestors 'none'"

    private static let standing: [UInt8] = Array(
        """
        X-Content-Type-Options: nosniff\r
        X-Frame-Options: DENY\r
        Referrer-Policy: same-origin\r
        Cross-Origin-Opener-Policy: same-origin\r
        Cross-Origin-Resource-Policy: same-origin\r
        Permissions-Policy: camera=(), microphone=(), geolocation=()\r
        Content-Security-Policy:\u{20}
        """.utf8)

    /// What a page may load: its own files, and the scripts that carry its nonce.
    private static func pagePolicy(nonce: String) -> String {
        """
        default-src 'none'; script-src 'self' 'nonce-\(nonce)'; style-src 'self'; img-src 'self'; font-src 'self'; \
        connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'
        """
    }

    /// - Parameter pageNonce: of a page; nil for everything else.
    static func write(to buffer: inout ByteBuffer, pageNonce: String?) {
        buffer.writeBytes(standing)
        buffer.writeString(pageNonce.map(pagePolicy) ?? closedPolicy)
        buffer.writeStaticString("\r\n")
    }
}
