import PostgresClient
import Shared

/// Lets only one transaction at a time claim event ids of a line, until it ends.
enum LockDetectionEvents {
    static func statement(_ line: LineID) -> Statement {
        Statement("LockDetectionEvents", "SELECT pg_advisory_xact_lock(1667329382, \(Int32(line.rawValue)))")
    }
}
