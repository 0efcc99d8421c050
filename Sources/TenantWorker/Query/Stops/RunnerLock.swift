import PostgresClient

/// The lock of the one runner of a tenant's background work, held by a connection.
enum RunnerLock {
    /// Whether it was free.
    static let take = Statement("TakeRunnerLock", "SELECT pg_try_advisory_lock(1937010544, 0)")
    static let release = Statement("ReleaseRunnerLock", "SELECT pg_advisory_unlock(1937010544, 0)")
}

/// Partitions of the current month and of those ahead for every line; gives how many were missing.
enum EnsureMonthsAhead {
    static let statement = Statement("EnsureMonthsAhead", "SELECT ensure_months_ahead()")
}

/// Forgets keys past their time of memory; gives how many.
enum ForgetExpiredKeys {
    static let statement = Statement("ForgetExpiredKeys", "SELECT forget_expired_keys()")
}
