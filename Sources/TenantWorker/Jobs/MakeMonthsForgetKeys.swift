import Logging
import PostgresClient

/// What a tenant's database needs once a day: partitions of the months ahead, and an end to what is remembered of requests.
struct MakeMonthsForgetKeys {
    let deadline: ContinuousClock.Instant
    let logger: Logger

    func run(_ connection: borrowing PostgresConnection) async throws {
        let months: Int = try await connection.query(EnsureMonthsAhead.statement, deadline: deadline).value(0, 0)
        let keys: Int = try await connection.query(ForgetExpiredKeys.statement, deadline: deadline).value(0, 0)
        logger.info("daily upkeep", metadata: ["months_made": "\(months)", "keys_forgotten": "\(keys)"])
    }
}
