import ServiceLifecycle
import UnixSignals

/// SIGTERM and SIGINT, from its making on: the gateway ends when one has come, also when that was before it served.
struct EndSignals: Service {
    private let signals: UnixSignalsSequence

    init() async {
        signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
    }

    /// Returns when the gateway is to end.
    func run() async {
        for await _ in signals.cancelOnGracefulShutdown() { return }
    }
}
