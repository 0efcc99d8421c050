import PostgresClient

/// A new shift, without a version yet; gives its number.
enum InsertShift {
    static let statement = Statement("InsertShift", "INSERT INTO shift DEFAULT VALUES RETURNING shift_id")
}
