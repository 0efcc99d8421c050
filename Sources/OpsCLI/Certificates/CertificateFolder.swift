import Foundation
import Identity

/// The folder in which an authority and the server's certificate are kept.
struct CertificateFolder {
    enum File: String {
        case authority = "authority.pem"
        case authorityKey = "authority-key.pem"
        case server = "server.pem"
        case serverKey = "server-key.pem"

        /// Keys are their owner's alone; certificates are everybody's.
        fileprivate var mode: Int {
            switch self {
            case .authority, .server: 0o644
            case .authorityKey, .serverKey: 0o600
            }
        }
    }

    /// Absolute.
    let folder: String

    /// Makes the folder when it is not there.
    ///
    /// - Parameter path: taken from the current folder when it is relative.
    init(_ path: String) throws(OpsFailure) {
        folder = URL(fileURLWithPath: path).standardizedFileURL.path
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw OpsFailure("the folder \(folder) cannot be made")
        }
    }

    func path(_ file: File) -> String { "\(folder)/\(file.rawValue)" }

    func has(_ file: File) -> Bool { FileManager.default.fileExists(atPath: path(file)) }

    func readText(_ file: File) throws(OpsFailure) -> String {
        guard let text = try? String(contentsOfFile: path(file), encoding: .utf8) else {
            throw OpsFailure("\(path(file)) cannot be read")
        }
        return text
    }

    /// Writes a secret that is not there yet.
    func create(_ file: File, _ text: String) throws {
        guard try SecretFile(path: path(file)).create(Array((text + "\n").utf8)) else {
            throw OpsFailure("\(path(file)) is there already: another program makes it now")
        }
    }

    /// Puts a file in the place of the one there, whole or not at all.
    func replace(_ file: File, _ text: String) throws(OpsFailure) {
        let draft = path(file) + ".new"
        try? FileManager.default.removeItem(atPath: draft)
        let isWritten = FileManager.default.createFile(
            atPath: draft, contents: Data((text + "\n").utf8), attributes: [.posixPermissions: file.mode])
        FileOwner.take(from: path(file), for: draft)
        guard isWritten, rename(draft, path(file)) == 0 else { throw OpsFailure("\(path(file)) cannot be written") }
    }
}
