import Identity
import NIOSSL
import Shared
import Synchronization

/// The TLS that new connections get. It changes with the files it was made of; connections that there are keep theirs.
final class ServerTLS: Sendable {
    private struct State {
        var context: NIOSSLContext
        /// Of the files when they were last looked at.
        var stamp: [FileStamp?]
    }

    private let files: CertificateFiles
    private let clock: @Sendable () -> Instant
    private let state: Mutex<State>

    /// - Throws: `UnusableCertificate`.
    init(_ files: CertificateFiles, clock: @escaping @Sendable () -> Instant) throws(UnusableCertificate) {
        self.files = files
        self.clock = clock
        let stamp = files.stamp
        state = Mutex(State(context: try files.context(at: clock()), stamp: stamp))
    }

    var context: NIOSSLContext { state.withLock { $0.context } }

    /// Whether the files are others than when they were last looked at. Waits for the disk, as `reload` does.
    var isStale: Bool {
        let stamp = files.stamp
        return state.withLock { $0.stamp != stamp }
    }

    /// Takes the files as they are now.
    ///
    /// - Throws: `UnusableCertificate`; then everything stays as it is, and the files count as looked at.
    func reload() throws(UnusableCertificate) {
        let stamp = files.stamp
        state.withLock { $0.stamp = stamp }
        let context = try files.context(at: clock())
        state.withLock { $0.context = context }
    }
}
