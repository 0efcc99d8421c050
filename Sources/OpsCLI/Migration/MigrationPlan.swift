/// A migration that a database says it has.
struct AppliedMigration: Hashable, Sendable {
    let number: Int
    let name: String
    let checksum: String
}

/// What a database still lacks, after checking that what it has is what the files say.
struct MigrationPlan: Sendable {
    /// Migrations applied, in order.
    let applied: [AppliedMigration]
    /// Files to apply, in order.
    let pending: [MigrationFile]

    /// Throws when the database is newer than the files or was migrated with other ones.
    init(_ set: MigrationSet, applied: [AppliedMigration], database: String) throws(OpsFailure) {
        let applied = applied.sorted { $0.number < $1.number }
        for (index, migration) in applied.enumerated() {
            guard migration.number <= set.files.count else {
                throw OpsFailure(
                    "\(database) is newer than this program: it has migration \(migration.number) (\(migration.name)), "
                        + "the newest here is \(set.files.count)")
            }
            let file = set.files[index]
            guard migration.number == file.number else {
                throw OpsFailure("\(database) lacks migration \(file.number) but has \(migration.number)")
            }
            guard migration.name == file.name, migration.checksum == file.checksum else {
                throw OpsFailure(
                    "\(database): migration \(file.number) (\(file.name)) was changed after it was applied; "
                        + "restore the file and put the change into a new one")
            }
        }
        self.applied = applied
        self.pending = Array(set.files.dropFirst(applied.count))
    }
}
