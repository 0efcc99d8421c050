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
        return request.headers[.accept]?.contains("text/html") ?? false
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
