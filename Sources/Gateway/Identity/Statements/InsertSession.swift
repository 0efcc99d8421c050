import HTTPTypes
import Identity
import PostgresClient
import Shared

/// A new sign-in; gives its id. No row: the user was disabled, or has another password, since he was asked for it.
enum InsertSession {
    /// - Parameters:
    ///   - password: what was checked; nil: none was, for another sign-in goes on as this one.
    ///   - origin: where it begins.
    static func statement(
        user: UserID, tenant: TenantID, kind: String, lifetimeSeconds: Double, password: PasswordHash?,
        from origin: SessionOrigin
    ) -> Statement {
        Statement(
            "InsertSession",
            """
            INSERT INTO session_family (sid, user_id, tenant_id, kind, expires_at, address, user_agent)
            SELECT gen_random_uuid(), user_id, \(Int32(tenant.rawValue)), \(kind),
                now() + make_interval(secs => \(lifetimeSeconds)), \(origin.network)::text::inet, \(origin.userAgent)
            FROM app_user
            WHERE user_id = \(Int32(user.rawValue)) AND disabled_at IS NULL
                AND (\(password?.text) IS NULL OR password_hash = \(password?.text))
            FOR SHARE
            RETURNING sid::text
            """
        )
    }
}

/// Where a sign-in begins, for its owner to tell it from others.
struct SessionOrigin: Sendable {
    private static let longestUserAgent = 255

    /// The address, or the network of it that limits count; nil: this machine.
    var network: String?
    /// What the program called itself.
    var userAgent: String?

    init(_ address: ClientAddress, userAgent: String?) {
        network = address.isLocal ? nil : address.description
        let scalars = (userAgent ?? "").unicodeScalars.prefix(Self.longestUserAgent)
        self.userAgent = scalars.isEmpty ? nil : String(scalars)
    }
}

extension OpenContext {
    var origin: SessionOrigin { SessionOrigin(clientAddress, userAgent: request.headers[.userAgent]) }
}
