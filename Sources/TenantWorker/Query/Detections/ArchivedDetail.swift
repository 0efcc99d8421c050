import PostgresClient
import Shared

/// What the database says when a statement would need rows that are archived.
enum ArchivedDetail {
    static let sqlState = SQLState(code: "RA001")

    /// The refusal of a question that would need them.
    ///
    /// - Parameter parameter: what asked for them.
    static func fault(_ parameter: String) -> Fault {
        .invalid(parameter, .archivedDetail)
    }

    /// Runs a statement that reads rows; where they are archived, the fault names what asked for them.
    static func refused<Answer>(
        naming parameter: String, isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Answer
    ) async throws -> Answer {
        do {
            return try await body()
        } catch PostgresError.server(let error) where error.sqlState == sqlState {
            throw fault(parameter)
        }
    }
}

extension Fault {
    /// Whether it refuses what would need archived rows.
    var isOfArchivedDetail: Bool {
        code == .invalid && parameters.contains { $0.code == .archivedDetail }
    }
}
