import ArgumentParser
import Foundation
import Identity
import PostgresClient

/// `camet signing-key rotate`: a new key that signs access tokens, or the older ones taken out.
struct SigningKeyRotate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Puts a new signing key before the others, or takes the others out.",
        discussion: """
            A running gateway turns to the new key within seconds; access tokens of the older keys stay good. They live 15
            minutes: after that --retire takes the older keys out. A key that others may know is taken out at once: rotate,
            then rotate --retire --at-once, which ends its access tokens; refresh tokens and pages go on.
            """)

    @Flag(help: "Make no new key: take all out but the first.")
    var retire = false

    @Flag(help: "With --retire: although tokens of the older keys may live.")
    var atOnce = false

    @OptionGroup var common: CommonOptions

    /// How long a token lives, and a minute for clocks that differ.
    private static let tokenLife = 16 * 60

    /// How many keys there are now.
    struct Item: Encodable {
        let keys: Int
        let removed: Int
    }

    func validate() throws {
        if atOnce, !retire { throw ValidationError("--at-once goes with --retire") }
    }

    func run() async throws {
        let settings = try common.openSettings()
        let admin = try AdminAccess(settings)
        let file = settings.signingKeyFile
        let item = try await CommandLock.hold(admin) {
            let old = SigningKeyText.privateKeys(of: try file.readText())
            guard !old.isEmpty else { throw OpsFailure("\(file.path) holds no private key") }
            let keys = retire ? Array(old.prefix(1)) : [SigningKeyText.makePrivateKeyPEM()] + old
            if retire, old.count > 1 { try checkAge(file) }
            // First the entry: a change that could not be recorded is not made.
            try await record(keys: keys.count, removed: retire ? old.count - 1 : 0, admin)
            if keys.count != old.count { try file.replace(Array(keys.joined().utf8)) }
            return Item(keys: keys.count, removed: retire ? old.count - 1 : 0)
        }
        try OpsAnswer.print(
            item, json: common.json,
            text: [
                retire
                    ? "\(item.removed) older keys taken out."
                    : "A new key signs; \(item.keys - 1) older ones stay until rotate --retire."
            ])
    }

    /// The file was last written when its first key came.
    private func checkAge(_ file: SecretFile) throws {
        let age = Int(Date().timeIntervalSince1970) - (try file.changedAt())
        guard atOnce || age >= Self.tokenLife else {
            throw OpsFailure(
                "tokens of the older keys may live for \(Self.tokenLife - age) s more; --at-once ends them now")
        }
    }

    private func record(keys: Int, removed: Int, _ admin: AdminAccess) async throws {
        try await admin.withGlobalDatabase { pool in
            try await pool.withTransaction(deadline: .now + .seconds(30)) { transaction in
                try await AuditEntry(
                    action: retire ? "signing_key.retired" : "signing_key.rotated", tenantID: nil,
                    object: "signing-key",
                    detail: ["keys": String(keys), "removed": String(removed)]
                ).write(transaction)
            }
        }
    }
}
