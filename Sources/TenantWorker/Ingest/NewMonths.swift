import PostgresClient
import Shared

/// Bounds how many months of the past one request may begin: each is a table of its line, which takes a few milliseconds to
/// make and stays for good.
///
/// Rows of today are never kept waiting for it: the present month, the one before and those ahead are not counted.
enum NewMonths {
    /// Ten years of a line.
    static let mostOfOneRequest = 120

    /// - Parameter months: those that may have to be made, each by its number since year 0.
    /// - Throws: `invalid`, with nothing made, when too many of them are new.
    static func check(
        _ months: [(line: LineID, number: Int)], pool: PostgresPool, deadline: ContinuousClock.Instant
    ) async throws {
        guard months.count > mostOfOneRequest else { return }
        let rows = try await pool.query(CountNewMonths.statement(months), deadline: deadline)
        guard try rows.column(0, as: Int64.self).first ?? 0 > Int64(mostOfOneRequest) else { return }
        throw Fault.invalid("detected_at", .tooManyMonths, limit: String(mostOfOneRequest))
    }
}
