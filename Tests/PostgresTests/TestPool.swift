import Logging
import PostgresClient
import TestSupport

/// The deadline of an ordinary step in a test.
var soon: ContinuousClock.Instant { .now + .seconds(20) }

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Runs a test with a pool on the shared cluster, closed at the end.
func withPool<Result>(
    connections: Int = 4, waiting: Int = 256, idleTime: Duration = .seconds(60), preparedLimit: Int = 256,
    cluster: PostgresCluster? = nil, _ body: (PostgresPool) async throws -> Result
) async throws -> Result {
    var settings = try (cluster ?? PostgresCluster.shared()).settings()
    settings.preparedLimit = preparedLimit
    let pool = try PostgresPool(
        settings, limits: PoolLimits(connections: connections, waiting: waiting, idleTime: idleTime), logger: quiet)
    do {
        let result = try await body(pool)
        await pool.close()
        return result
    } catch {
        await pool.close()
        throw error
    }
}

/// Waits for an event by asking again and again; false when it does not come within the limit.
func eventually(
    within limit: Duration = .seconds(10), _ condition: () async throws -> Bool
) async rethrows -> Bool {
    let end = ContinuousClock.now + limit
    while ContinuousClock.now < end {
        if try await condition() { return true }
        await Task.yield()
    }
    return try await condition()
}

/// The error of PostgresClient that `body` throws; nil when it throws none.
func postgresError(_ body: () async throws -> Void) async -> PostgresError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? PostgresError
    }
}

/// A generator whose runs can be repeated from its seed.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
