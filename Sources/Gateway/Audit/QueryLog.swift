import Logging
import PostgresClient
import ServiceLifecycle
import Shared
import Synchronization

/// Remembers what people asked, in `user_query`: gathered in memory and written in batches, so that a question costs a
/// look-up and no wait. What was asked since the last batch is lost with the process.
final class QueryLog: Service {
    /// Rows in one statement, at most.
    private static let mostAtOnce = 1_000

    private let pool: PostgresPool
    private let interval: Duration
    private let clock: @Sendable () -> Instant
    private let logger: Logger
    private let asked = Mutex(AskedQueries())

    /// - Parameter interval: between two batches.
    init(pool: PostgresPool, interval: Duration, clock: @escaping @Sendable () -> Instant, logger: Logger) {
        self.pool = pool
        self.interval = interval
        self.clock = clock
        self.logger = logger
    }

    func note(_ query: AskedQuery, microseconds: Int64, answerBytes: Int?) {
        let now = clock()
        asked.withLock { asked in
            asked.note(query, at: now, microseconds: microseconds, answerBytes: answerBytes.map(Int64.init))
        }
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while (try? await ContinuousClock().sleep(for: self.interval)) != nil { await self.write() }
        }
        await write()
    }

    private func write() async {
        let taken = asked.withLock { asked in
            defer { asked = AskedQueries() }
            return asked
        }
        if taken.isEmpty { return }
        if taken.lost > 0 {
            logger.warning("more was asked than can be remembered", metadata: ["lost": "\(taken.lost)"])
        }
        var left = taken.counts.sorted { $0.value.firstAt < $1.value.firstAt }[...]
        do {
            while !left.isEmpty {
                try await pool.execute(
                    InsertUserQueries.statement(Array(left.prefix(Self.mostAtOnce))), deadline: .now + .seconds(10))
                left = left.dropFirst(Self.mostAtOnce)
            }
        } catch {
            logger.warning("what was asked could not be stored yet", metadata: ["error": "\(error)"])
            asked.withLock { $0.add(Array(left)) }
        }
    }
}
