/// The migrations of both kinds of database.
struct MigrationFolder {
    let global: MigrationSet
    let tenant: MigrationSet

    /// Reads them from where CAMET_MIGRATIONS says.
    init(_ settings: OpsSettings) throws(OpsFailure) {
        let folder = try settings.required("CAMET_MIGRATIONS")
        global = try MigrationSet(folder: folder + "/global")
        tenant = try MigrationSet(folder: folder + "/tenant")
    }
}
