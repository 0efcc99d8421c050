import PostgresClient

/// Deletes sessions that ended long ago and old attempts to sign in; gives how many were deleted.
enum ForgetOldSignIns {
    /// - Parameter most: of each at once.
    static func statement(most: Int) -> Statement {
        Statement("ForgetOldSignIns", "SELECT forget_old_sign_ins(\(Int32(most)))")
    }
}
