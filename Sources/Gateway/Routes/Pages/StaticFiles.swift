import Foundation
import Identity
import NIOCore

/// The files pages load: our own and those of the assets folder, read once at start, under a name that changes with them.
struct StaticFiles: Sendable {
    struct File: Sendable {
        var type: String
        var bytes: ByteBuffer
        /// As gzip, where that is shorter.
        var gzip: ByteBuffer?

        init(type: String, bytes: ByteBuffer) {
            self.type = type
            self.bytes = bytes
            guard type != "font/woff2", type != "image/png" else { return }
            let coded = GzipStream.whole(bytes, level: GzipStream.kept)
            gzip = coded.flatMap { $0.readableBytes < bytes.readableBytes ? $0 : nil }
        }
    }

    /// Address of the folder, e.g. `/static/3f2a…`.
    let base: String
    private let files: [String: File]

    /// - Parameter folders: whose files are served, by the path inside them.
    init(folders: [URL]) throws {
        var files: [String: File] = [:]
        var names: [UInt8] = []
        for folder in folders {
            guard let found = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil) else {
                continue
            }
            for case let url as URL in found {
                guard let type = Self.type(of: url.pathExtension) else { continue }
                let bytes = try Data(contentsOf: url)
                let name = String(url.path.dropFirst(folder.path.count).drop { $0 == "/" })
                files[name] = File(type: type, bytes: ByteBuffer(bytes: bytes))
            }
        }
        for name in files.keys.sorted() {
            guard let file = files[name] else { continue }
            names += Array(name.utf8) + ContentDigest.sha256(Array(buffer: file.bytes))
        }
        base = "/static/\(ContentDigest.sha256Text(names).prefix(16))"
        self.files = files
    }

    func file(_ path: String) -> File? {
        files[path]
    }

    private static func type(of suffix: String) -> String? {
        switch suffix {
        case "css": "text/css; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        case "svg": "image/svg+xml"
        case "woff2": "font/woff2"
        case "png": "image/png"
        case "txt": "text/plain; charset=utf-8"
        default: nil
        }
    }
}
