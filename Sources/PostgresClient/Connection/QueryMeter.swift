import Logging
import Synchronization

/// Counts statements and remembers the slowest; shared by the connections of one pool.
final class QueryMeter: Sendable {
    struct Figures {
        var statements = 0
        var failures = 0
        var slowest: SlowStatement?
    }

    // Lock of the figures.
    private let figures = Mutex(Figures())
    private let logger: Logger
    private let slowAfter: Duration

    init(logger: Logger, slowAfter: Duration) {
        self.logger = logger
        self.slowAfter = slowAfter
    }

    var current: Figures { figures.withLock { $0 } }

    /// Adds one statement that began at `start` and has just ended.
    func record(_ name: StaticString, since start: ContinuousClock.Instant, failed: Bool) {
        let duration = start.duration(to: .now)
        figures.withLock { figures in
            figures.statements += 1
            if failed { figures.failures += 1 }
            guard duration > figures.slowest?.duration ?? .zero else { return }
            figures.slowest = SlowStatement(name: name.description, duration: duration)
        }
        guard duration >= slowAfter else { return }
        logger.warning(
            "slow statement", metadata: ["statement": "\(name)", "milliseconds": "\(duration.milliseconds)"])
    }
}

/// The statement that took longest.
package struct SlowStatement: Sendable, Equatable {
    package let name: String
    package let duration: Duration
}

extension Duration {
    fileprivate var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
