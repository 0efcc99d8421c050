import PostgresClient
import Shared

/// The lock of the one runner of a tenant's scheduled work, held by a connection.
enum RunnerLock {
    /// Whether it was free.
    static func take(_ work: ScheduledWork) -> Statement {
        Statement("TakeRunnerLock", "SELECT pg_try_advisory_lock(1937010544, \(number(of: work)))")
    }

    static func release(_ work: ScheduledWork) -> Statement {
        Statement("ReleaseRunnerLock", "SELECT pg_advisory_unlock(1937010544, \(number(of: work)))")
    }

    private static func number(of work: ScheduledWork) -> Int32 {
        switch work {
        case .stops: 0
        case .upkeep: 1
        }
    }
}

/// Waits until nobody else gives rows partitions of their own, and keeps it so to the transaction's end.
enum TakeTurnToMove {
    static let statement = Statement("TakeTurnToMove", "SELECT pg_advisory_xact_lock(1937010544, 2)")
}

/// Partitions of the current month and of those ahead for every line; gives how many were missing.
enum EnsureMonthsAhead {
    static let statement = Statement("EnsureMonthsAhead", "SELECT ensure_months_ahead()")
}

/// Forgets keys past their time of memory; gives how many.
enum ForgetExpiredKeys {
    static let statement = Statement("ForgetExpiredKeys", "SELECT forget_expired_keys()")
}
