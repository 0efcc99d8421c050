import HTTPTypes

/// A cookie to be kept by a browser (RFC 6265).
struct Cookie: Sendable {
    enum SameSite: String, Sendable {
        case lax = "Lax"
        case strict = "Strict"
    }

    var name: String
    /// Of characters a cookie may have; ours are tokens and choices.
    var value: String
    /// Seconds; nil: until the browser ends. 0 takes the cookie back.
    var maxAge: Int?
    var path: String
    var httpOnly: Bool
    /// Whether it is sent over TLS only.
    var isSecure: Bool
    var sameSite: SameSite

    var text: String {
        let age = maxAge.map { "; Max-Age=\($0)" } ?? ""
        let flags = (isSecure ? "; Secure" : "") + (httpOnly ? "; HttpOnly" : "")
        return "\(name)=\(value)\(age); Path=\(path)\(flags); SameSite=\(sameSite.rawValue)"
    }
}

extension Response {
    mutating func setCookie(_ cookie: Cookie) {
        headers.append(HTTPField(name: .setCookie, value: cookie.text))
    }
}
