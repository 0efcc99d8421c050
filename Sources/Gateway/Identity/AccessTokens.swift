import Foundation
import Identity
import JWTKit
import Shared

/// Makes and checks access tokens: JWT signed with Ed25519 (RFC 8037), with exactly the claims the contract names.
struct AccessTokens: Sendable {
    static let lifetimeSeconds: Int64 = 900
    /// How far `iat` and `nbf` may lie ahead.
    static let clockSkewSeconds: Int64 = 60
    private static let issuer = "camet"
    private static let audience = "camet-api"
    private static let type = "at+jwt"

    /// What a token says.
    struct Claims: Sendable, Equatable {
        var user: UserID
        var tenant: TenantID
        var role: Role
        var session: SessionID
        var expiresAt: Int64
    }

    /// A key that tokens are checked with, as others are told of it.
    struct PublicKey: Sendable, Equatable {
        /// The key's thumbprint (RFC 7638).
        var id: String
        /// The 32 bytes, base64url.
        var x: String
    }

    /// The first signs; tokens of all are valid.
    let publicKeys: [PublicKey]
    private let keys: JWTKeyCollection

    struct NoKey: Error {}

    /// - Parameter pem: private keys, PKCS#8, one after another. The first signs; the others are those it came after, whose
    ///   tokens live on.
    init(pem: String) async throws {
        let end = "-----END PRIVATE KEY-----"
        let blocks = pem.split(separator: end, omittingEmptySubsequences: false).dropLast()
        keys = JWTKeyCollection()
        var publicKeys: [PublicKey] = []
        for block in blocks {
            let key = try EdDSA.PrivateKey(pem: block.trimmingCharacters(in: .whitespacesAndNewlines) + "\n" + end)
            let known = Self.publicKey(of: key)
            publicKeys.append(known)
            await keys.add(eddsa: key, kid: JWKIdentifier(string: known.id))
        }
        guard !publicKeys.isEmpty else { throw NoKey() }
        self.publicKeys = publicKeys
    }

    private static func publicKey(of key: EdDSA.PrivateKey) -> PublicKey {
        let x = base64URL(key.publicKey.rawRepresentation)
        let thumbprint = ContentDigest.sha256(Array(#"{"crv":"Ed25519","kty":"OKP","x":"\#(x)"}"#.utf8))
        return PublicKey(id: base64URL(Data(thumbprint)), x: x)
    }

    func make(user: UserID, tenant: TenantID, role: Role, session: SessionID, now: Instant) async throws -> String {
        let seconds = now.microseconds / Instant.microsecondsPerSecond
        let payload = Payload(
            iss: Self.issuer,
            aud: Self.audience,
            sub: user.description,
            tid: tenant.rawValue,
            role: role.rawValue,
            sid: session.description,
            iat: seconds,
            nbf: seconds,
            exp: seconds + Self.lifetimeSeconds,
            jti: RequestID.random()
        )
        return try await keys.sign(
            payload, kid: JWKIdentifier(string: publicKeys[0].id), header: ["typ": .string(Self.type)])
    }

    /// What a token says, when its form, signature and times are right; nil for anything else.
    ///
    /// Form and header are checked before the signature: exactly the header members and claims we write, none twice, so
    /// nothing in a token ever chooses a key or an algorithm.
    func check(_ token: String, now: Instant) async -> Claims? {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, parts.allSatisfy({ !$0.isEmpty }),
            Self.base64URL(parts[2]) != nil,
            let header = Self.members(of: parts[0]), let claims = Self.members(of: parts[1]),
            Set(header.keys) == ["alg", "typ", "kid"],
            header["alg"] == .string("EdDSA"), header["typ"] == .string(Self.type),
            case .string(let keyID)? = header["kid"], publicKeys.contains(where: { $0.id == keyID }),
            let known = Self.claims(claims, now: now),
            (try? await keys.verify(token, as: Payload.self)) != nil
        else { return nil }
        return known
    }

    private static func members(of part: Substring) -> [String: JSONValue]? {
        guard let bytes = base64URL(part), let value = try? JSONReader.value(of: bytes),
            case .object(let members) = value
        else {
            return nil
        }
        return Dictionary(members.map { ($0.key, $0.value) }) { first, _ in first }
    }

    /// Decodes base64url without padding (RFC 7515), refusing what would encode back to another text.
    private static func base64URL(_ text: Substring) -> [UInt8]? {
        guard text.utf8.allSatisfy({ isBase64URL($0) }) else { return nil }
        var standard = String(text).replacing("-", with: "+").replacing("_", with: "/")
        while standard.count % 4 != 0 { standard += "=" }
        guard let data = Data(base64Encoded: standard) else { return nil }
        return base64URL(data) == String(text) ? Array(data) : nil
    }

    private static func base64URL(_ data: Data) -> String {
        data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    private static func isBase64URL(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private static func claims(_ claims: [String: JSONValue], now: Instant) -> Claims? {
        let seconds = now.microseconds / Instant.microsecondsPerSecond
        guard Set(claims.keys) == ["iss", "aud", "sub", "tid", "role", "sid", "iat", "nbf", "exp", "jti"],
            claims["iss"] == .string(issuer), claims["aud"] == .string(audience),
            case .string(let subject)? = claims["sub"], let user = Int64(subject), user > 0,
            case .integer(let tenant)? = claims["tid"],
            case .string(let roleName)? = claims["role"], let role = Role(rawValue: roleName),
            case .string(let session)? = claims["sid"], case .string? = claims["jti"],
            case .integer(let issuedAt)? = claims["iat"], issuedAt <= seconds + clockSkewSeconds,
            case .integer(let notBefore)? = claims["nbf"], notBefore <= seconds + clockSkewSeconds,
            case .integer(let expiresAt)? = claims["exp"], expiresAt > seconds
        else { return nil }
        return Claims(
            user: UserID(user), tenant: TenantID(tenant), role: role, session: SessionID(session), expiresAt: expiresAt)
    }

    private struct Payload: JWTPayload {
        var iss: String
        var aud: String
        var sub: String
        var tid: Int64
        var role: String
        var sid: String
        var iat: Int64
        var nbf: Int64
        var exp: Int64
        var jti: String

        /// Times and names are checked from the strictly read claims; this only carries them.
        func verify(using algorithm: some JWTAlgorithm) async throws {}
    }
}
