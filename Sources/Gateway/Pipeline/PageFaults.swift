import HTTPTypes
import NIOCore
import Shared

/// Faults as pages, for people.
struct PageFaults: Sendable {
    let renderer: PageRenderer
    let assets: String

    /// Whether a fault is told by a page: outside /api and /auth, when the client names text/html.
    static func wantsPage(_ request: Request) -> Bool {
        let path = request.uri.path
        guard !path.hasPrefix("/api/"), !path.hasPrefix("/auth/") else { return false }
        return request.headers[.accept].map(namesHTML) ?? false
    }

    /// Whether text/html, in whatever case, is one of the types of an Accept field and not refused there (RFC 9110 §12.5.1).
    private static func namesHTML(_ accept: String) -> Bool {
        accept.split(separator: ",").contains { range in
            let parts = range.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
            return parts.first == "text/html"
                && !parts.dropFirst().contains { $0.hasPrefix("q=") && Double($0.dropFirst(2)) == 0 }
        }
    }

    /// - Parameter user: the language of the user who asks, once that is known.
    func response(to fault: Fault, _ request: Request, requestID: String, user: LanguageCode?) -> Response {
        var headers: HTTPFields = [.contentType: "text/html; charset=utf-8"]
        fault.addHeaders(to: &headers)
        let html = renderer.errorPage(
            status: fault.code.status.code,
            code: fault.code,
            parameters: fault.parameters,
            requestID: requestID,
            retryAfter: fault.retryAfterSeconds,
            site: PageSite(request, assets: assets, user: user)
        )
        return Response(
            status: fault.code.status, headers: headers, body: .init(byteBuffer: ByteBuffer(string: html)))
    }
}
