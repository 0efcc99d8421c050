import ArgumentParser
import Foundation

/// `camet audit verify`: whether the audit log is as it was written.
struct AuditVerify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Tells whether an entry of the audit log was changed, removed, moved or put in.",
        discussion: """
            Computes the chain of hashes anew from the entries and compares it with its end in the database and with what
            the gateway wrote about it outside the database. Ends with 1 and the first bad place if there is one.
            """)

    @Option(
        help:
            "The file of heads, or a copy kept elsewhere. Default: CAMET_AUDIT_HEADS_FILE, or audit/heads.log in the data folder."
    )
    var heads: String?

    @OptionGroup var common: CommonOptions

    /// What was found.
    struct Answer: Encodable {
        let entries: Int64
        /// Heads outside the database that were compared.
        let heads: Int
        let isSound: Bool
        let damage: AuditDamage?

        private enum CodingKeys: String, CodingKey {
            case entries
            case heads
            case isSound = "sound"
            case damage
        }
    }

    func run() async throws {
        let settings = try common.openSettings()
        let path = heads ?? settings.auditHeadsPath
        let isThere = FileManager.default.fileExists(atPath: path)
        if !isThere, heads == nil {
            Self.warn("\(path) is not there: only the database's own word about the chain's end is compared")
        }
        let file = isThere || heads != nil ? HeadsFile(path: path) : nil
        let outcome = try await AdminAccess(settings).withGlobalDatabase { pool in
            try await AuditVerification(pool: pool, heads: file).run()
        }
        if outcome.unreadable > 0 { Self.warn("\(path) has \(outcome.unreadable) lines that are no heads") }
        try OpsAnswer.print(
            Answer(
                entries: outcome.entries, heads: outcome.heads, isSound: outcome.damage == nil, damage: outcome.damage),
            json: common.json,
            text: outcome.damage == nil
                ? ["\(outcome.entries) entries are as they were written; \(outcome.heads) heads confirm it."] : [])
        if let damage = outcome.damage { throw OpsFailure("the audit log is damaged: \(damage.message)") }
    }

    private static func warn(_ message: String) {
        FileHandle.standardError.write(Data("camet: \(message)\n".utf8))
    }
}
