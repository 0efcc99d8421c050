import Foundation
import Identity
import JWTKit
import Shared
import Synchronization

/// Makes and checks access tokens: JWT signed with Ed25519 (RFC 8037), with exactly the claims the contract names.
///
/// The keys may be replaced while it is used.
final class AccessTokens: Sendable {
    static let lifetimeSeconds: Int64 = 900
    /// How far `iat` and `nbf` may lie ahead.
    static let clockSkewSeconds: Int64 = 60
    private static let issuer = "camet"
    private static let audience = "camet-api"
    private static let type = "at+jwt"
    /// Bytes of a token; ours have fewer than 600.
    private static let longest = 1_024

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

    private struct Keys: Sendable {
        /// The first signs; tokens of all are valid.
        var published: [PublicKey] = []
        let collection = JWTKeyCollection()
    }

    private let keys: Mutex<Keys>

    struct NoKey: Error {}

    /// - Parameter pem: private keys, PKCS#8, one after another. The first signs; the others are those it came after, whose
    ///   tokens live on.
    init(pem: String) async throws {
        keys = Mutex(try await Self.keys(of: pem))
    }

    /// The first signs; tokens of all are valid.
    var publicKeys: [PublicKey] { keys.withLock { $0.published } }

    /// Turns to other keys; those there were are no longer good for anything unless they are among them.
    func replaceKeys(pem: String) async throws {
        let replaced = try await Self.keys(of: pem)
        keys.withLock { $0 = replaced }
    }

    private static func keys(of pem: String) async throws -> Keys {
        let end = "-----END PRIVATE KEY-----"
        let blocks = pem.split(separator: end, omittingEmptySubsequences: false).dropLast()
        var keys = Keys()
        for block in blocks {
            let key = try EdDSA.PrivateKey(pem: block.trimmingCharacters(in: .whitespacesAndNewlines) + "\n" + end)
            let known = publicKey(of: key)
            keys.published.append(known)
            await keys.collection.add(eddsa: key, kid: JWKIdentifier(string: known.id))
        }
        guard !keys.published.isEmpty else { throw NoKey() }
        return keys
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
        let keys = keys.withLock { $0 }
        return try await keys.collection.sign(
            payload, kid: JWKIdentifier(string: keys.published[0].id), header: ["typ": .string(Self.type)])
    }

    /// Whether a text looks like a token: three parts, and no longer than ours.
    static func isToken(_ text: String) -> Bool {
        text.utf8.count <= longest && text.utf8.count { $0 == UInt8(ascii: ".") } == 2
    }

    /// What a token says, when its form and times are right and it names a key of ours; nil for anything else. Whether it is
    /// signed with that key is for `isSigned` to say.
    ///
    /// Costs no signature check: exactly the header members and claims we write, none twice, so nothing in a token ever
    /// chooses a key or an algorithm.
    func claims(of token: String, now: Instant) -> Claims? {
        guard Self.isToken(token) else { return nil }
        let parts = token.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.allSatisfy({ !$0.isEmpty }),
            let header = Self.members(of: parts[0]), header.count == 3,
            header["alg"] == .string("EdDSA"), header["typ"] == .string(Self.type),
            case .string(let keyID)? = header["kid"], publicKeys.contains(where: { $0.id == keyID }),
            Base64URL.decode(parts[2]) != nil,
            let claims = Self.members(of: parts[1])
        else { return nil }
        return Self.claims(claims, now: now)
    }

    /// Whether a token whose form is right is signed with the key it names; costs more than the rest of a request.
    func isSigned(_ token: String) async -> Bool {
        let collection = keys.withLock { $0.collection }
        return (try? await collection.verify(token, as: Payload.self)) != nil
    }

    private static func members(of part: Substring.UTF8View) -> [String: JSONValue]? {
        guard let bytes = Base64URL.decode(part), let value = try? JSONReader.value(of: bytes),
            case .object(let members) = value
        else {
            return nil
        }
        return Dictionary(members.map { ($0.key, $0.value) }) { first, _ in first }
    }

    private static func base64URL(_ data: Data) -> String {
        data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    private static func claims(_ claims: [String: JSONValue], now: Instant) -> Claims? {
        let seconds = now.microseconds / Instant.microsecondsPerSecond
        guard claims.count == 10, claims["iss"] == .string(issuer), claims["aud"] == .string(audience),
            case .string(let subject)? = claims["sub"], let user = Int32(subject), user > 0,
            user.description == subject,
            case .integer(let tenantNumber)? = claims["tid"], let tenant = Int32(exactly: tenantNumber), tenant > 0,
            case .string(let roleName)? = claims["role"], let role = Role(rawValue: roleName),
            case .string(let session)? = claims["sid"], UUID(uuidString: session)?.uuidString.lowercased() == session,
            case .string? = claims["jti"],
            case .integer(let issuedAt)? = claims["iat"], issuedAt <= seconds + clockSkewSeconds,
            case .integer(let notBefore)? = claims["nbf"], notBefore <= seconds + clockSkewSeconds,
            // No token of ours lives longer, whatever else it says.
            case .integer(let expiresAt)? = claims["exp"], expiresAt > seconds,
            expiresAt <= seconds + clockSkewSeconds + lifetimeSeconds, issuedAt >= expiresAt - lifetimeSeconds
        else { return nil }
        return Claims(
            user: UserID(Int64(user)), tenant: TenantID(Int64(tenant)), role: role, session: SessionID(session),
            expiresAt: expiresAt)
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
