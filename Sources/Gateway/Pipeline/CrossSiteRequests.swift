import HTTPTypes
import Identity
import Shared

/// Refuses what another site makes a signed-in person's browser send.
enum CrossSiteRequests {
    /// For requests that a page's cookie, or a device's, has signed: every method but GET and HEAD needs the session's token, sent as a
    /// header. Forms of pages carry it as a field, which their routes check with `checkForm`. The scripts of a page send it with
    /// GET too: one that was left open, while its browser got another session, must not show what is the other's.
    static func check(_ request: Request, _ identity: VerifiedIdentity, ofPage isPage: Bool) throws(Fault) {
        guard let token = identity.csrfToken else { return }
        let given = request.headers[.csrfToken]
        let isOwn = given.map { ConstantTime.areEqual($0.utf8, token.utf8) }
        guard request.method != .get, request.method != .head else {
            if isOwn == false { throw Fault(code: .unauthorized) }
            return
        }
        try checkOrigin(request)
        if isPage, isForm(request) { return }
        guard isOwn == true else { throw Fault(code: .csrfFailed) }
    }

    /// For a connection of messages, which a browser opens to any site with that site's cookies: one that a cookie has signed
    /// must come from this one.
    static func checkUpgrade(_ request: Request, _ identity: VerifiedIdentity) throws(Fault) {
        guard case .pageSession = identity.proof else { return }
        guard request.headers[.origin] != nil else { throw Fault(code: .csrfFailed) }
        try checkOrigin(request)
    }

    /// For the token of a form, signed in or not.
    static func checkForm(_ request: Request, given: String?, expected: String) throws(Fault) {
        try checkOrigin(request)
        guard let given, ConstantTime.areEqual(given.utf8, expected.utf8) else { throw Fault(code: .csrfFailed) }
    }

    private static func isForm(_ request: Request) -> Bool {
        request.headers[.contentType]?.lowercased().hasPrefix("application/x-www-form-urlencoded") ?? false
    }

    /// Whether a browser that says where a request comes from says that it is from here.
    static func checkOrigin(_ request: Request) throws(Fault) {
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
}
