import Identity
import Logging
import ServiceLifecycle

/// Turns to the keys of the signing key file when it has changed: looks every two seconds.
///
/// A file without a key that can be read changes nothing: the keys there were stay, and the log says so.
struct SigningKeyChanges: Service {
    private static let pause = Duration.seconds(2)

    /// Of the file.
    let path: String
    /// Of the file when `tokens` was made of it.
    let first: FileStamp?
    let tokens: AccessTokens
    let remembered: RememberedIdentities
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown { await follow() }
    }

    private func follow() async {
        var known = first
        // Looked at and not watched: the file may be a link, or on a mounted secret, whose changes nobody announces.
        while (try? await Task.sleep(for: Self.pause)) != nil {
            let stamp = FileStamp(path: path)
            guard stamp != known else { continue }
            known = stamp
            await turn()
        }
    }

    private func turn() async {
        do {
            try await tokens.replaceKeys(pem: try SettingValues.secret(path))
            // Those of a key that was taken out are among the remembered.
            remembered.forgetAll()
            logger.notice(
                "signing keys read again", metadata: ["kids": "\(tokens.publicKeys.map(\.id).joined(separator: " "))"])
        } catch {
            logger.error("signing keys not read again, the former stay", metadata: ["path": "\(path)"])
        }
    }
}
