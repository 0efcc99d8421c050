import Foundation
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

    private let keys: JWTKeyCollection
    private let keyID: String

    /// - Parameter pem: the private key, PKCS#8.
    init(pem: String, keyID: String) async throws {
        keys = try await JWTKeyCollection().add(eddsa: EdDSA.PrivateKey(pem: pem), kid: JWKIdentifier(string: keyID))
        self.keyID = keyID
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
            payload, kid: JWKIdentifier(string: keyID), header: ["typ": .string(Self.type)])
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
            header["kid"] == .string(keyID),
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
        let again = data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing(
            "=", with: "")
        return again == String(text) ? Array(data) : nil
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
