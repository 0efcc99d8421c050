import PostgresClient

/// Waits until no other transaction changes master data, and keeps it so to this one's end.
enum LockMasterData {
    /// 0x63616d65: 'came', as for the CLI's own locks; 2: master data of this database.
    static let statement = Statement("LockMasterData", "SELECT pg_advisory_xact_lock(1667329381, 2)")
}
