import PostgresClient
import Shared

/// POST and PUT of /api-keys.
struct APIKeyBody: Sendable {
    private static let mostAddresses = 64

    var name: String
    var scopes: [KeyScope]
    /// Nil: never.
    var expiresAt: Instant?
    /// Nil: from anywhere.
    var addresses: [NetworkRange]?

    /// - Throws: `invalidJSON`, or `invalid` with every fault of the body at once.
    static func read(_ bytes: [UInt8], now: Instant) throws(Fault) -> APIKeyBody {
        var fields = try JSONFields(body: bytes)
        let body = APIKeyBody(&fields, now: now)
        try fields.finish()
        return body
    }

    init(_ fields: inout JSONFields, now: Instant) {
        name = fields.name("name")
        let given = fields.required(fields.choices("scopes", of: KeyScope.self), "scopes", [])
        fields.noteRepeated(given, in: "scopes")
        if given.isEmpty, !fields.hasFault("scopes") { fields.fault("scopes", .required) }
        scopes = KeyScope.allCases.filter(given.contains)
        expiresAt = fields.instant("expires_at")
        if let expiresAt, expiresAt <= now { fields.fault("expires_at", .outOfRange, limit: "> \(now)") }
        let texts = fields.plainStrings("addresses", upTo: Self.mostAddresses)
        if let texts, texts.isEmpty, !fields.hasFault("addresses") { fields.fault("addresses", .required) }
        var networks: [NetworkRange] = []
        for (index, text) in (texts ?? []).enumerated() {
            if let network = NetworkRange(parsing: text) {
                networks.append(network)
            } else {
                fields.fault("addresses[\(index)]", .invalidFormat)
            }
        }
        addresses = texts.map { _ in networks }
    }
}

extension APIKeyBody {
    /// As the statements that store them take them.
    var addressTexts: [String]? { addresses?.map(\.description) }
    var expiry: PostgresTimestamp? { expiresAt.map { PostgresTimestamp(microseconds: $0.microseconds) } }
}
