import Synchronization

/// Seals and opens with the keys of a file that may change meanwhile: `camet secrets rotate` puts a new key in front of the
/// old ones, and takes those out when nothing is sealed with them any more.
///
/// A secret is sealed with the file's first key of that moment, and the file is read again when one turns up whose key is
/// not known, so whoever runs need not be started again.
package final class SealingKeyFile: Sendable {
    private let file: SecretFile
    private let known: Mutex<(sealing: SecretSealing, stamp: FileStamp?)>

    /// - Throws: `SecretFileError` or `SecretSealingError`.
    package init(path: String) throws {
        file = SecretFile(path: path)
        let stamp = FileStamp(path: path)
        known = Mutex((try SecretSealing(keyFile: try file.read()), stamp))
    }

    /// - Throws: `SecretFileError` or `SecretSealingError`.
    package func seal(_ secret: [UInt8], purpose: String) throws -> [UInt8] {
        try current().seal(secret, purpose: purpose)
    }

    /// - Throws: `SecretFileError` or `SecretSealingError`.
    package func open(_ sealed: [UInt8], purpose: String) throws -> [UInt8] {
        do throws(SecretSealingError) {
            return try known.withLock { $0.sealing }.open(sealed, purpose: purpose)
        } catch .unknownKey {
            return try current().open(sealed, purpose: purpose)
        }
    }

    /// The keys as the file has them now.
    private func current() throws -> SecretSealing {
        // Before the file is read: a change between the two is then read once more.
        let stamp = FileStamp(path: file.path)
        let (sealing, old) = known.withLock { $0 }
        if let stamp, stamp == old { return sealing }
        let read = try SecretSealing(keyFile: try file.read())
        known.withLock { $0 = (read, stamp) }
        return read
    }
}
