import AsyncAlgorithms
import Logging
import NIOPosix
import ServiceLifecycle
import Systemd
import UnixSignals

/// Takes a new certificate when it is told to by SIGHUP, and when it finds one at the files' places.
struct CertificateReload: Service {
    /// Nil when plain HTTP is spoken; then there is nothing to do.
    let tls: ServerTLS?
    /// Told when a signal is obeyed.
    let manager: ServiceManager?
    /// Between two looks at the files.
    let interval: Duration
    let logger: Logger

    private enum Reason: String {
        case signal
        case files
    }

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sighup).map { _ in Reason.signal }
        let looks = AsyncTimerSequence(interval: interval, clock: .continuous).map { _ in Reason.files }
        for await reason in merge(signals, looks).cancelOnGracefulShutdown() {
            if case .signal = reason { manager?.reloading() }
            if let tls { try await NIOThreadPool.singleton.runIfActive { look(tls, reason) } }
            if case .signal = reason { manager?.ready() }
        }
    }

    private func look(_ tls: ServerTLS, _ reason: Reason) {
        if case .files = reason, !tls.isStale { return }
        do {
            try tls.reload()
            logger.notice("new connections get the new certificate", metadata: ["reason": "\(reason)"])
        } catch {
            logger.error(
                "the new certificate cannot be used; the old one stays",
                metadata: ["reason": "\(reason)", "error": "\(error)"])
        }
    }
}
