import HTTPTypes
import Identity
import PostgresClient
import Shared

/// Finds out who makes a request: from an access token, an API key or a page's cookie.
struct Identification: Sendable {
    /// The cookie of a page's session: over TLS one that no other host and no plain connection can set.
    ///
    /// Below a path of a host that others share, it is not sent to them: then its name cannot be of those that are sent to the
    /// whole host, and it is only plain connections that cannot set it.
    static func cookie(of request: Request) -> String {
        guard request.isSecure else { return "camet_session" }
        return request.base.isEmpty ? "__Host-camet_session" : "__Secure-camet_session"
    }

    let tokens: AccessTokens
    let remembered: RememberedIdentities
    let pool: PostgresPool
    let clock: @Sendable () -> Instant

    /// Who asks, for a route that needs to know.
    ///
    /// - Throws: `unauthorized`, the same for every cause.
    func of(_ request: Request) async throws -> VerifiedIdentity {
        if let key = request.headers[.apiKey] {
            let identity = try await known(key) { try await ofKey(key, $0) }
            guard identity.mayComeFrom(request.client) else { throw Fault(code: .unauthorized) }
            return identity
        }
        if let header = request.headers[.authorization] {
            guard let token = Self.bearer(header) else { throw Fault(code: .unauthorized) }
            return try await known(token) { try await ofToken(token, $0) }
        }
        guard let identity = try await ofPage(request) else { throw Fault(code: .unauthorized) }
        return identity
    }

    /// Who looks at a page; nil when nobody has signed in.
    func ofPage(_ request: Request) async throws -> VerifiedIdentity? {
        guard let cookie = request.cookie(Self.cookie(of: request)) else { return nil }
        do {
            return try await known(cookie) { try await ofCookie(cookie, $0) }
        } catch let fault as Fault where fault.code == .unauthorized {
            return nil
        }
    }

    static func bearer(_ header: String) -> String? {
        let scheme = header.utf8.prefix(7)
        guard scheme.count == 7, header.utf8.count > 7,
            zip(scheme, "bearer ".utf8).allSatisfy({ given, wanted in given == wanted || given | 0x20 == wanted })
        else { return nil }
        return String(header.utf8.dropFirst(7))
    }

    /// From memory, or checked by `check`, which is given the state of memory to remember the outcome with.
    private func known(
        _ credential: String,
        _ check: (Int) async throws -> VerifiedIdentity?
    ) async throws -> VerifiedIdentity {
        if let identity = remembered.find(credential, now: clock()) { return identity }
        do {
            guard let identity = try await check(remembered.changes) else { throw Fault(code: .unauthorized) }
            return identity
        } catch let error as PostgresError {
            throw Fault(error)
        }
    }

    private static var deadline: ContinuousClock.Instant { .now + .seconds(5) }

    private func ofToken(_ token: String, _ changes: Int) async throws -> VerifiedIdentity? {
        guard let claims = await tokens.check(token, now: clock()) else { return nil }
        guard
            let identity = try await identity(
                user: claims.user, tenant: claims.tenant, session: claims.session, proof: .accessToken),
            case .user(_, claims.role) = identity.principal.kind
        else { return nil }
        remembered.remember(
            token, identity, now: clock(), expiresAt: Instant(seconds: claims.expiresAt), changes: changes)
        return identity
    }

    private func ofCookie(_ cookie: String, _ changes: Int) async throws -> VerifiedIdentity? {
        guard cookie.utf8.count <= 128 else { return nil }
        let hash = ContentDigest.sha256(Array(cookie.utf8))
        let rows = try await pool.query(FindPageSession.statement(hash: hash), deadline: Self.deadline)
        guard let page = try FindPageSession.read(rows) else { return nil }
        let csrf = page.csrfSecret.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        let identity = try await identity(
            user: page.user, tenant: page.tenant, session: page.session, proof: .pageSession(csrfToken: csrf))
        if let identity {
            // The sign-in's own end is heard of; a minute bounds what its plain expiry can be late by.
            remembered.remember(
                cookie, identity, now: clock(), expiresAt: clock() + 60_000_000, changes: changes)
        }
        return identity
    }

    private func ofKey(_ text: String, _ changes: Int) async throws -> VerifiedIdentity? {
        guard let token = APIKeyToken(text: text) else { return nil }
        let rows = try await pool.query(FindAPIKey.statement(publicID: token.publicID), deadline: Self.deadline)
        guard let key = try FindAPIKey.read(rows), token.matches(key.secretHash) else { return nil }
        let identity = VerifiedIdentity(
            principal: Principal(kind: .apiKey(key.id, key.scopes), tenant: key.tenant), proof: .apiKey,
            networks: key.addresses)
        // At most once a minute, as long as it is remembered; whether it can be noted decides nothing.
        _ = try? await pool.execute(NoteAPIKeyUse.statement(key.id), deadline: Self.deadline)
        let minute = clock() + 60_000_000
        remembered.remember(
            text, identity, keyID: token.publicID, now: clock(),
            expiresAt: key.expiresAt.map { min($0, minute) } ?? minute, changes: changes)
        return identity
    }

    /// What a user may do in a tenant as the database says now; nil when the sign-in or the membership is over.
    private func identity(
        user: UserID,
        tenant: TenantID,
        session: SessionID,
        proof: VerifiedIdentity.Proof
    ) async throws -> VerifiedIdentity? {
        let deadline = Self.deadline
        let sessions = try await pool.query(
            ReadSession.statement(session, user: user, tenant: tenant), deadline: deadline)
        guard let known = try ReadSession.read(sessions) else { return nil }
        let memberships = try await ListMemberships.read(
            pool.query(ListMemberships.statement(user), deadline: deadline))
        guard let membership = memberships.first(where: { $0.tenant == tenant }), let role = membership.role else {
            return nil
        }
        if membership.isSuspended { throw Fault(code: .tenantSuspended) }
        return VerifiedIdentity(
            principal: Principal(
                kind: .user(user, role),
                tenant: tenant,
                permissions: membership.permissions,
                plants: membership.plants,
                language: known.language ?? .spanish
            ),
            proof: proof,
            session: session
        )
    }
}

extension Fault {
    /// What a failure of the global database means to whoever asked.
    init(_ error: PostgresError) {
        switch error {
        case .unavailable, .poolExhausted, .closed, .deadlineExceeded, .cancelled:
            self.init(code: .databaseUnavailable, retryAfterSeconds: 1)
        case .storageFull:
            self.init(code: .storageFull, retryAfterSeconds: 10)
        case .outcomeUnknown:
            self.init(code: .outcomeUnknown)
        case .server, .decoding, .invalidIdentifier, .misuse:
            self.init(code: .internal)
        }
    }
}
