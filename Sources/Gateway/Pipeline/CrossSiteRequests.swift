import HTTPTypes
import Shared

/// Refuses what another site makes a signed-in person's browser send.
enum CrossSiteRequests {
    /// For requests that a page's cookie has signed: every method but GET and HEAD needs the session's token, sent as a
    /// header. Forms of pages carry it as a field, which their routes check with `checkForm`.
    static func check(_ request: Request, _ identity: VerifiedIdentity, ofPage isPage: Bool) throws(Fault) {
        guard case .pageSession(let token) = identity.proof, request.method != .get, request.method != .head else {
            return
        }
        try checkOrigin(request)
        if isPage, isForm(request) { return }
        guard let given = request.headers[.csrfToken], constantTimeEqual(given, token) else {
            throw Fault(code: .csrfFailed)
        }
    }

    /// For the token of a form, signed in or not.
    static func checkForm(_ request: Request, given: String?, expected: String) throws(Fault) {
        try checkOrigin(request)
        guard let given, constantTimeEqual(given, expected) else { throw Fault(code: .csrfFailed) }
    }

    private static func isForm(_ request: Request) -> Bool {
        request.headers[.contentType]?.lowercased().hasPrefix("application/x-www-form-urlencoded") ?? false
    }

    private static func checkOrigin(_ request: Request) throws(Fault) {
        if let site = request.headers[.fetchSite], site != "same-origin", site != "none" {
            throw Fault(code: .csrfFailed)
        }
        if let origin = request.headers[.origin] {
            let host = request.authority ?? ""
            // Where TLS is known to be spoken, plain HTTP is another site; elsewhere it may end before this server.
            let isOwn = origin == "https://\(host)" || (!request.isSecure && origin == "http://\(host)")
            guard isOwn else { throw Fault(code: .csrfFailed) }
        }
    }

    private static func constantTimeEqual(_ left: String, _ right: String) -> Bool {
        let left = Array(left.utf8)
        let right = Array(right.utf8)
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
