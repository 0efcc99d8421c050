import Foundation
import Identity
import Shared

/// The API key that imports into a tenant are sent with: the same one as long as the server knows a part by it that was sent
/// before.
///
/// It is good for eight days after the last import began, so that nothing need end it: the server knows parts for seven.
struct ImportKey {
    private static let name = "camet import"
    private static let scopes: [KeyScope] = [.read, .ingest, .write]
    private static let days: Int32 = 8

    let text: String

    /// What of it may be written down.
    var publicID: String { APIKeyToken(text: text)?.publicID ?? "" }

    /// CAMET_API_KEY; without it the content of `secrets/import-<tenant>.key`, which is made when it is not there or its key
    /// has ended.
    static func find(_ settings: OpsSettings, tenant: String) async throws -> ImportKey {
        if let key = ProcessInfo.processInfo.environment["CAMET_API_KEY"], !key.isEmpty {
            return ImportKey(text: key)
        }
        let file = file(settings, tenant: tenant)
        let admin = try AdminAccess(settings)
        return try await admin.withGlobalDatabase { pool in
            let tenant = try await TenantRegistry(pool).require(slug: tenant, flag: "--tenant")
            let writer = APIKeyWriter(pool: pool)
            if let token = try token(file), try await writer.prolong(token.publicID, of: tenant, days: days) {
                return ImportKey(text: token.text)
            }
            return try await CommandLock.hold(admin) {
                // Another first run may have made it meanwhile.
                let former = try token(file)
                if let former, try await writer.prolong(former.publicID, of: tenant, days: days) {
                    return ImportKey(text: former.text)
                }
                let token = APIKeyToken()
                _ = try await writer.insert(
                    token, of: tenant, name: name, scopes: scopes, days: days, insteadOf: former?.publicID)
                try file.replace(Array((token.text + "\n").utf8))
                return ImportKey(text: token.text)
            }
        }
    }

    /// Deletes the file of a key that was revoked, if it is that of imports.
    static func forget(_ publicID: String, _ settings: OpsSettings, tenant: String) throws {
        let file = file(settings, tenant: tenant)
        if try token(file)?.publicID == publicID { try FileManager.default.removeItem(atPath: file.path) }
    }

    /// Deletes the file of a tenant that is no more.
    static func forget(_ settings: OpsSettings, tenant: String) throws {
        let file = file(settings, tenant: tenant)
        if FileManager.default.fileExists(atPath: file.path) { try FileManager.default.removeItem(atPath: file.path) }
    }

    private static func file(_ settings: OpsSettings, tenant: String) -> SecretFile {
        settings.secret("import-\(tenant).key")
    }

    /// Nil when there is no file.
    private static func token(_ file: SecretFile) throws -> APIKeyToken? {
        do throws(SecretFileError) {
            return APIKeyToken(text: try file.readText())
        } catch .missing {
            return nil
        } catch {
            throw error
        }
    }
}
