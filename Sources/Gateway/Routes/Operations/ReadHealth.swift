import HTTPTypes
import NIOCore

/// GET /healthz: the process lives, whatever else does not.
struct ReadHealth: Sendable {
    init(_ services: Services) {}

    var route: Route {
        Route(
            .get, "/healthz", "Whether the process is alive",
            .operation("readHealth", .service, answers: .other("text/plain")), rate: .unlimited,
            .open { _ in
                Response(
                    status: .ok, headers: [.contentType: "text/plain; charset=utf-8"],
                    body: .init(byteBuffer: ByteBuffer(string: "ok\n")))
            })
    }
}
