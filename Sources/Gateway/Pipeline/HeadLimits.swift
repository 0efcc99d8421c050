import HTTPTypes
import Shared

/// The limits of a request's head, checked before anything else is done with it.
enum HeadLimits {
    static let headerBytes = 16 * 1024
    static let uriBytes = 8 * 1024

    static func check(_ request: Request) throws(Fault) {
        if request.headers.count(of: .host) > 1 { throw Fault(code: .malformedRequest) }
        if request.uri.string.utf8.count > uriBytes { throw Fault(code: .uriTooLong) }
        if request.headers.length > headerBytes { throw Fault(code: .headersTooLarge) }
    }

    /// Refuses an announced body that is too long before a byte of it is read. A body without a limit of its own belongs
    /// to a route that takes none, and is read past.
    static func checkBody(_ request: Request, limit: Int) throws(Fault) {
        guard let text = request.headers[.contentLength], let announced = Int(text) else { return }
        if announced > max(limit, Route.BodyLimit.standard.bytes) { throw Fault(code: .bodyTooLarge) }
    }
}
