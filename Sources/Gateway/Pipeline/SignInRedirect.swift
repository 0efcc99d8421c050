import Foundation
import HTTPTypes

/// Sends whoever is not signed in to the sign-in page, and back afterwards.
enum SignInRedirect {
    static func response(to request: Request) -> Response {
        let here = request.uri.string
        let next = request.method == .get && here != "/" ? "?next=\(escaped(here))" : ""
        return Response(status: .seeOther, headers: [.location: "/login\(next)"])
    }

    /// Sends whoever must enrol a second factor to the page where he can.
    static let toEnrolling = Response(status: .seeOther, headers: [.location: "/account"])

    /// A local path, or the start page for anything else.
    static func localPath(_ next: String?) -> String {
        guard let next, next.hasPrefix("/"), !next.hasPrefix("//"), !next.contains("\\"),
            next.unicodeScalars.allSatisfy({ (0x21...0x7E).contains($0.value) })
        else { return "/" }
        return next
    }

    private static func escaped(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }
}
