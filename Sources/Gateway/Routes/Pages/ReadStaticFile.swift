import HTTPTypes
import Shared

/// GET /static/{version}/{path...}: files of pages; a version is kept for good.
struct ReadStaticFile: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .get, "/static/{version}/{path...}", "Files of pages", .unlisted("Files of pages."), rate: .unlimited,
            .open { context in
                guard "/static/\(context.parameters[0])" == services.files.base,
                    let file = services.files.file(String(context.parameters[1]))
                else { throw Fault(code: .notFound) }
                var response = Response(
                    status: .ok,
                    headers: [.contentType: file.type, .cacheControl: "public, max-age=31536000, immutable"],
                    body: .init(byteBuffer: file.bytes)
                )
                guard let gzip = file.gzip else { return response }
                response.headers.varyByCoding()
                if AcceptedCoding(context.request.headers[.acceptEncoding]).takesGzip {
                    response.body = .init(byteBuffer: gzip)
                    response.headers.markAsGzip()
                }
                return response
            })
    }
}
