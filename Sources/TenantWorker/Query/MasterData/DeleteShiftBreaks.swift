import PostgresClient

/// Takes all breaks from a version of a shift.
enum DeleteShiftBreaks {
    static func statement(_ version: Int32) -> Statement {
        Statement("DeleteShiftBreaks", "DELETE FROM shift_break WHERE shift_version_id = \(version)")
    }
}
