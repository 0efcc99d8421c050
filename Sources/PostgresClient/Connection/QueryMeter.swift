import Logging
import Synchronization

/// Counts statements and remembers what each took at most; shared by the connections of one pool.
final class QueryMeter: Sendable {
    struct Figures {
        var statements = 0
        var failures = 0
        /// By name. Names are literals of the program, so there are as many as it has statements.
        fileprivate(set) var byName: [String: StatementFigures] = [:]
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

    /// Adds one statement.
    ///
    /// - Parameter rows: what it gave or touched; nil when it failed.
    func record(_ name: StaticString, _ duration: Duration, rows: Int?) {
        let isSlow = duration >= slowAfter
        figures.withLock { figures in
            figures.statements += 1
            if rows == nil { figures.failures += 1 }
            let name = name.description
            figures.byName[name, default: StatementFigures(name: name)].add(duration, rows: rows, isSlow: isSlow)
        }
        guard isSlow else { return }
        var metadata: Logger.Metadata = ["statement": "\(name)", "milliseconds": "\(duration.milliseconds)"]
        if let rows { metadata["rows"] = "\(rows)" }
        logger.warning("slow statement", metadata: metadata)
    }
}

/// What the runs of one statement took, since the pool was made.
package struct StatementFigures: Sendable, Equatable {
    package let name: String
    package private(set) var runs = 0
    /// Runs that were logged as slow.
    package private(set) var slowRuns = 0
    package private(set) var total = Duration.zero
    package private(set) var longest = Duration.zero
    /// What the longest run gave or touched; nil when it failed.
    package private(set) var rowsOfLongest: Int?

    init(name: String) {
        self.name = name
    }

    fileprivate mutating func add(_ duration: Duration, rows: Int?, isSlow: Bool) {
        runs += 1
        if isSlow { slowRuns += 1 }
        total += duration
        guard duration > longest else { return }
        longest = duration
        rowsOfLongest = rows
    }
}

/// The time that a statement whose rows are read piece by piece spends on its connection, without what its reader does
/// between two pieces.
struct Measurement {
    private var duration = Duration.zero
    var rows = 0

    /// Runs one piece of work on the connection.
    mutating func perform<Answer: Sendable>(
        on session: Session, deadline: ContinuousClock.Instant,
        _ work: @escaping @Sendable (Wire) throws(PostgresError) -> Answer
    ) async throws(PostgresError) -> Answer {
        let start = ContinuousClock.now
        defer { duration += start.duration(to: .now) }
        return try await session.perform(deadline: deadline, work)
    }

    /// Tells the meter of the session.
    func record(_ statement: Statement, on session: Session, failed: Bool) {
        session.meter.record(statement.name, duration, rows: failed ? nil : rows)
    }
}

extension StatementFigures {
    package var totalMicroseconds: UInt64 { UInt64(max(0, total.microseconds)) }
    package var longestMicroseconds: UInt64 { UInt64(max(0, longest.microseconds)) }
}

extension Duration {
    fileprivate var microseconds: Int64 { components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000 }
    fileprivate var milliseconds: Int64 { microseconds / 1_000 }
}
