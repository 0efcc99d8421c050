import HTTPTypes
import NIOCore
import Shared

/// What makes the site an application of the device: its manifest, the service worker, and the page that this shows while the
/// server cannot be reached.
struct InstallableSite: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var routes: [Route] {
        [
            Route(
                .get, "/manifest.webmanifest", "What a device installs", .unlisted("A file of pages."),
                rate: .unlimited, .open { manifest($0) }),
            Route(
                .get, "/service-worker.js", "Shows a page while the server cannot be reached",
                .unlisted("A file of pages."), rate: .unlimited, .open { _ in try serviceWorker() }),
            Route(
                .get, "/offline", "What is shown while the server cannot be reached", .unlisted("A page."),
                rate: .unlimited, .open { .page(services.pages.offlinePage(site: $0.site(services))) }),
        ]
    }

    private func manifest(_ context: OpenContext) -> Response {
        let json = services.pages.manifest(site: context.site(services))
        return Response(
            status: .ok, headers: [.contentType: "application/manifest+json"],
            body: .init(byteBuffer: ByteBuffer(bytes: json)))
    }

    /// At an address of its own: it looks after what is below its folder.
    private func serviceWorker() throws(Fault) -> Response {
        guard let file = services.files.file("service_worker.js") else { throw Fault(code: .notFound) }
        return Response(
            status: .ok, headers: [.contentType: file.type], body: .init(byteBuffer: file.bytes))
    }
}
