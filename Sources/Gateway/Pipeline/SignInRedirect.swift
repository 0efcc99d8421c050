import Foundation
import HTTPTypes

/// Sends whoever is not signed in to the sign-in page, and back afterwards.
enum SignInRedirect {
    static func response(to request: Request) -> Response {
        let here = request.uri.string
        let next = request.method == .get && here != "/" ? "?next=\(escaped(request.base + here))" : ""
        return Response(status: .seeOther, headers: [.location: "/login\(next)"])
    }

    /// Sends whoever must enrol a second factor to the page where he can.
    static let toEnrolling = Response(status: .seeOther, headers: [.location: "/account"])

    /// A path of ours, below the one that everything is served below; the start page for anything else.
    ///
    /// - Parameter next: as a browser names it, with the path that everything is served below.
    static func localPath(_ next: String?, of request: Request) -> String {
        guard let next, next.hasPrefix(request.base) else { return "/" }
        let path = next.dropFirst(request.base.count)
        guard path.hasPrefix("/"), !path.hasPrefix("//"), !path.contains("\\"),
            path.unicodeScalars.allSatisfy({ (0x21...0x7E).contains($0.value) })
        else { return "/" }
        return String(path)
    }

    private static func escaped(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }
}
