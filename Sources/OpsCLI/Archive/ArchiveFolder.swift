import Crypto
import Foundation

/// Where the archived files of one tenant lie: below the archive folder in a folder with the name of its database, which is
/// never given again.
struct ArchiveFolder {
    /// Of all tenants.
    let root: String
    let database: String

    var path: String { root + "/" + database }

    /// `line-3/2026-03.1.copy.gz`
    static func fileName(line: Int32, month: ArchiveMonth, part: Int32) -> String {
        "line-\(line)/\(month).\(part).copy.gz"
    }

    func path(of file: String) -> String { path + "/" + file }

    func manifestPath(of file: String) -> String { path(of: file) + ".json" }

    /// Makes the folder that a file lies in.
    func makeFolder(of file: String) throws(OpsFailure) {
        let folder = (path(of: file) as NSString).deletingLastPathComponent
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw OpsFailure("\(folder) cannot be made: \(error.localizedDescription)")
        }
        for path in [root, path] { try Self.sync(path) }
    }

    /// Takes a file of no rows away.
    func removeEmpty(_ file: String) {
        unlink(path(of: file))
    }

    /// Writes what a folder lists to the disk.
    static func sync(_ path: String) throws(OpsFailure) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_DIRECTORY)
        guard descriptor >= 0 else { throw OpsFailure("\(path): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw OpsFailure("\(path): \(String(cString: strerror(errno)))") }
    }
}

/// A file that is there whole or not at all, also when the machine stops meanwhile: it has another name until it is on the
/// disk.
final class WholeFileWriter {
    private let path: String
    private let draft: String
    private let descriptor: Int32
    private var isOpen = true
    private var hash = SHA256()
    private(set) var count: Int64 = 0

    init(_ path: String) throws(OpsFailure) {
        self.path = path
        draft = path + ".partial"
        descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw OpsFailure("\(draft): \(String(cString: strerror(errno)))") }
    }

    deinit {
        if isOpen {
            close(descriptor)
            unlink(draft)
        }
    }

    func write(_ bytes: [UInt8]) throws(OpsFailure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw failure() }
            rest = rest.dropFirst(written)
        }
        hash.update(data: bytes)
        count += Int64(bytes.count)
    }

    /// Gives it its name; answers with its SHA-256.
    func finish() throws(OpsFailure) -> [UInt8] {
        guard fsync(descriptor) == 0 else { throw failure() }
        isOpen = false
        guard close(descriptor) == 0, rename(draft, path) == 0 else { throw failure() }
        try ArchiveFolder.sync((path as NSString).deletingLastPathComponent)
        return Array(hash.finalize())
    }

    private func failure() -> OpsFailure { OpsFailure("\(draft): \(String(cString: strerror(errno)))") }
}

/// A file read part by part.
enum FileParts {
    /// False when there is no such file.
    static func read(
        _ path: String, _ body: ([UInt8]) async throws -> Void
    ) async throws -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return false }
            throw OpsFailure("\(path): \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        while true {
            var length = 0
            let part = [UInt8](unsafeUninitializedCapacity: 262_144) { room, count in
                length = Glibc.read(descriptor, room.baseAddress, room.count)
                count = max(0, length)
            }
            guard length >= 0 else { throw OpsFailure("\(path): \(String(cString: strerror(errno)))") }
            if length == 0 { return true }
            try await body(part)
        }
    }
}
