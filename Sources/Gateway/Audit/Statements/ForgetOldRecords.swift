import PostgresClient

/// Deletes some of the sign-in attempts and questions that are too old; gives how many.
enum ForgetOldRecords {
    static func statement(signInDays: Int, queryDays: Int) -> Statement {
        Statement(
            "ForgetOldRecords",
            "SELECT forget_old_records(\(Int32(signInDays)), \(Int32(queryDays)))"
        )
    }
}
