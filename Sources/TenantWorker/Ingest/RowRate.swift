import Shared
import Synchronization

/// Keeps a tenant to its rows a minute.
///
/// Rows are counted here and not in the gateway: only who has parsed a batch knows how many there are, and whoever floods
/// then costs his own worker that work and nobody else's.
final class RowRate: Sendable {
    private let rowsPerMinute: Int
    private let now: @Sendable () -> Int64
    private let allowance = Mutex(MinuteAllowance())

    /// - Parameter now: microseconds of a clock that never goes back.
    init(rowsPerMinute: Int, now: @escaping @Sendable () -> Int64) {
        self.rowsPerMinute = rowsPerMinute
        self.now = now
    }

    /// Counts the rows of a batch while `store` stores them; rows that could not be stored are given back.
    ///
    /// - Throws: `rateLimited` with the seconds after which the batch would be taken, and then `store` is not called.
    func counting<Answer>(_ rows: Int, _ store: () async throws -> Answer) async throws -> Answer {
        let wait = allowance.withLock { $0.take(rows, of: rowsPerMinute, at: now()) }
        if wait > 0 {
            throw Fault.rateLimited(by: .ingestRows, wait: wait)
        }
        do {
            return try await store()
        } catch {
            allowance.withLock { $0.giveBack(rows, of: rowsPerMinute) }
            throw error
        }
    }
}
