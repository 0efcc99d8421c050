import Foundation

/// The folder of the journals of imports.
enum ImportFolder {
    static func path(_ settings: OpsSettings) -> String { settings.dataPath + "/imports" }

    /// Deletes the journals of a tenant that is no more: another one of its slug has imported nothing yet.
    static func forget(_ settings: OpsSettings, tenant: String) throws {
        let folder = path(settings)
        guard FileManager.default.fileExists(atPath: folder) else { return }
        for name in try FileManager.default.contentsOfDirectory(atPath: folder)
        where ImportJournal.isName(name, of: tenant) {
            try FileManager.default.removeItem(atPath: "\(folder)/\(name)")
        }
    }
}
