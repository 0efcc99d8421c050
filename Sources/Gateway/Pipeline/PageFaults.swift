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

    func response(to fault: Fault, requestID: String, language: LanguageCode) -> Response {
        var headers: HTTPFields = [.contentType: "text/html; charset=utf-8"]
        fault.addHeaders(to: &headers)
        let html = renderer.errorPage(
            status: fault.code.status.code,
            code: fault.code,
            requestID: requestID,
            retryAfter: fault.retryAfterSeconds,
            site: PageSite(assets: assets, language: language)
        )
        return Response(
            status: fault.code.status, headers: headers, body: .init(byteBuffer: ByteBuffer(string: html)))
    }
}
