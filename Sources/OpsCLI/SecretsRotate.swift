import ArgumentParser
import Identity
import PostgresClient

/// `camet secrets rotate`: a new encryption key, and everything sealed anew with it.
///
/// The key file says how far it has come: several keys mean that a rotation is under way. So it may be killed at any point
/// and run again; nothing is ever sealed with a key that is not in the file.
struct SecretsRotate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Seals every secret of the global database anew with a new key.",
        discussion: """
            Puts a new key before the present one in the encryption key file, seals every value anew, waits for what running
            gateways had just sealed with the old key, and takes that out. Gateways need not be started again. When it broke
            off, the same command finishes it.
            """)

    @Option(help: "Seconds to wait for what gateways seal at the same time; a request lasts no longer.")
    var wait = 15

    @OptionGroup var common: CommonOptions

    private static let batch = 100

    /// What was done.
    struct Item: Encodable {
        let keyID: String
        let resealed: Int
        let isResumed: Bool

        private enum CodingKeys: String, CodingKey {
            case keyID = "key_id"
            case resealed
            case isResumed = "resumed"
        }
    }

    func validate() throws {
        guard (0...3_600).contains(wait) else { throw ValidationError("--wait must be 0 to 3600 seconds") }
    }

    func run() async throws {
        let settings = try common.openSettings()
        let admin = try AdminAccess(settings)
        let file = settings.encryptionKeyFile
        let item = try await CommandLock.hold(admin) {
            try await admin.withGlobalDatabase { try await rotate(file, $0) }
        }
        try OpsAnswer.print(
            item, json: common.json,
            text: [
                "\(item.resealed) secrets sealed anew; the key is \(item.keyID).",
                "A backup of the database made before needs the key file of then.",
            ])
    }

    private func rotate(_ file: SecretFile, _ pool: PostgresPool) async throws -> Item {
        let columns = try SealedColumn.all()
        let before = try file.read()
        // What cannot be opened now could not be sealed anew either: then nothing is begun.
        try await check(columns, try SecretSealing(keyFile: before), pool)
        let isResumed = try SecretSealing(keyFile: before).keyIDs.count > 1
        let keys = isResumed ? before : SecretSealing.keyFile(before: before)
        let sealing = try SecretSealing(keyFile: keys)
        if !isResumed { try file.replace(keys) }
        var resealed = try await reseal(columns, sealing, pool)
        // A gateway may be sealing with the old key at this moment, and nobody can be asked when it is done.
        try await Task.sleep(for: .seconds(wait))
        var late = try await reseal(columns, sealing, pool)
        while late > 0 {
            resealed += late
            late = try await reseal(columns, sealing, pool)
        }
        try await record(sealing, resealed, pool)
        try file.replace(SecretSealing.keyFile(firstOf: keys))
        return Item(keyID: sealing.keyIDs[0], resealed: resealed, isResumed: isResumed)
    }

    /// Throws for the first value that no key opens; the error names the row.
    private func check(_ columns: [SealedColumn], _ sealing: SecretSealing, _ pool: PostgresPool) async throws {
        for column in columns {
            try await Self.eachBatch(column, pool) { values in
                for value in values { _ = try Self.open(value, column, sealing) }
            }
        }
    }

    /// Seals what is sealed with an older key; gives how many that were.
    private func reseal(
        _ columns: [SealedColumn], _ sealing: SecretSealing, _ pool: PostgresPool
    ) async throws -> Int {
        var count = 0
        for column in columns {
            try await Self.eachBatch(column, pool) { values in
                let old = values.filter { sealing.isSealedWithOlderKey($0.sealed) }
                guard !old.isEmpty else { return }
                try await pool.withTransaction(deadline: .now + .seconds(60)) { transaction in
                    for value in old {
                        let secret = try Self.open(value, column, sealing)
                        try await column.replace(
                            value, with: try sealing.seal(secret, purpose: column.purpose(value.name)), transaction)
                    }
                }
                count += old.count
            }
        }
        return count
    }

    private static func eachBatch(
        _ column: SealedColumn, _ pool: PostgresPool, _ body: ([SealedColumn.Value]) async throws -> Void
    ) async throws {
        var last: String?
        while true {
            let values = try await column.values(after: last, count: batch, pool)
            guard let end = values.last else { return }
            try await body(values)
            last = end.name
        }
    }

    private static func open(
        _ value: SealedColumn.Value, _ column: SealedColumn, _ sealing: SecretSealing
    ) throws(OpsFailure) -> [UInt8] {
        do {
            return try sealing.open(value.sealed, purpose: column.purpose(value.name))
        } catch {
            throw OpsFailure("\(column.table.name) \(value.name), \(column.column.name): \(error)")
        }
    }

    private func record(_ sealing: SecretSealing, _ count: Int, _ pool: PostgresPool) async throws {
        try await pool.withTransaction(deadline: .now + .seconds(30)) { transaction in
            try await AuditEntry(
                action: "secrets.rotated", tenantID: nil, object: "key:\(sealing.keyIDs[0])",
                detail: ["resealed": String(count), "retired": sealing.keyIDs.dropFirst().joined(separator: ",")]
            ).write(transaction)
        }
    }
}
