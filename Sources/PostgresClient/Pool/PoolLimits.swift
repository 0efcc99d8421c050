/// How large a pool may grow and how long things may wait in it.
package struct PoolLimits: Sendable {
    /// Connections at most; there is no minimum.
    package var connections: Int
    /// How many may wait for a connection; beyond, `poolExhausted` at once.
    package var waiting: Int
    /// After this long without use a connection is closed.
    package var idleTime: Duration
    /// The pause after the first failure to connect; doubled with each further one.
    package var firstRetry: Duration
    /// The longest pause; the pool is back at the latest this long after the server.
    package var longestRetry: Duration
    /// From this duration on a statement is logged as slow.
    package var slowAfter: Duration

    /// Limits; the defaults fit a worker of one tenant.
    package init(
        connections: Int = 8, waiting: Int = 256, idleTime: Duration = .seconds(60),
        firstRetry: Duration = .milliseconds(50), longestRetry: Duration = .milliseconds(1000),
        slowAfter: Duration = .seconds(1)
    ) {
        self.connections = max(1, connections)
        self.waiting = max(0, waiting)
        self.idleTime = idleTime
        self.firstRetry = firstRetry
        self.longestRetry = longestRetry
        self.slowAfter = slowAfter
    }
}

/// What a pool is doing.
package struct PoolStatistics: Sendable, Equatable {
    /// Connections open or being opened.
    package var open: Int
    /// Connections ready and unused.
    package var idle: Int
    /// Tasks waiting for a connection.
    package var waiting: Int
    /// Statements run since the start.
    package var statements: Int
    /// Statements that ended in an error since the start.
    package var failures: Int
    /// What each statement took since the start, that with the longest run first.
    package var byStatement: [StatementFigures]
}
