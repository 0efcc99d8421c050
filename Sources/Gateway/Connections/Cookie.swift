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

extension Request {
    /// What the names of cookies begin with for this client (RFC 6265bis §4.1.3): over TLS they say that nobody but this host,
    /// over TLS, has set them; where only a path of the host is ours, that it was over TLS.
    var cookiePrefix: String {
        guard isSecure else { return "" }
        return base.isEmpty ? "__Host-" : "__Secure-"
    }

    /// The value of one of our own cookies, whose name begins as it should for this client.
    func ownCookie(_ name: String) -> String? {
        cookie(cookiePrefix + name)
    }
}

extension Response {
    mutating func setCookie(_ cookie: Cookie) {
        headers.append(HTTPField(name: .setCookie, value: cookie.text))
    }
}
