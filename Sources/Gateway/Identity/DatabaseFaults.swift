import PostgresClient
import Shared

/// Runs what needs the global database; its failures become faults.
func databaseFaults<Answer>(_ body: () async throws -> Answer) async throws -> Answer {
    do {
        return try await body()
    } catch let error as PostgresError {
        throw Fault(error)
    }
}
