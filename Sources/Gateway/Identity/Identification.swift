import HTTPTypes
import Identity
import PostgresClient
import Shared

/// Finds out who makes a request: from an access token, an API key, a page's cookie or a device's.
struct Identification: Sendable {
    /// The cookie of a page's session: over TLS one that no other host and no plain connection can set.
    ///
    /// Below a path of a host that others share, it is not sent to them: then its name cannot be of those that are sent to the
    /// whole host, and it is only plain connections that cannot set it.
    static func cookie(of request: Request) -> String { request.cookiePrefix + "camet_session" }

    let tokens: AccessTokens
    let remembered: RememberedIdentities
    let limits: RateLimits
    let pool: PostgresPool
    let clock: @Sendable () -> Instant
    /// A credential that many requests bring at once is checked once.
    private let turns = ReadingTurns<String>()

    init(
        tokens: AccessTokens, remembered: RememberedIdentities, limits: RateLimits, pool: PostgresPool,
        clock: @escaping @Sendable () -> Instant
    ) {
        self.tokens = tokens
        self.remembered = remembered
        self.limits = limits
        self.pool = pool
        self.clock = clock
    }

    /// Who asks, for a route that needs to know.
    ///
    /// - Throws: `unauthorized`, the same for every cause.
    func of(_ request: Request) async throws -> VerifiedIdentity {
        if let key = request.headers[.apiKey] {
            let identity = try await known(key, .apiKey, request, form: APIKeyToken(text: key)) { token, changes in
                try await ofKey(key, token, changes)
            }
            guard identity.mayComeFrom(request.client.network) else { throw Fault(code: .unauthorized) }
            return identity
        }
        if let header = request.headers[.authorization] {
            guard let token = Self.bearer(header) else { throw Fault(code: .unauthorized) }
            return try await known(
                token, .accessToken, request, form: AccessTokens.isToken(token) ? token : nil
            ) { token, changes in
                try await ofToken(token, changes)
            }
        }
        guard let identity = try await ofPage(request) else { throw Fault(code: .unauthorized) }
        return identity
    }

    /// Who looks at a page; nil when nobody has signed in.
    func ofPage(_ request: Request) async throws -> VerifiedIdentity? {
        guard let cookie = request.cookie(Self.cookie(of: request)) else { return nil }
        do {
            return try await known(
                cookie, .pageSession, request, form: Self.isSecret(cookie) ? cookie : nil
            ) { cookie, changes in
                try await ofCookie(cookie, changes)
            }
        } catch let fault as Fault where fault.code == .unauthorized {
            return nil
        }
    }

    /// Who looks at a page that devices may open too: whoever is signed in, else the browser as a device.
    ///
    /// - Parameters:
    ///   - isForPeople: whether being signed in counts.
    ///   - devices: the kinds that may.
    func ofPage(
        _ request: Request, isForPeople: Bool, _ devices: Set<DeviceKind>
    ) async throws -> VerifiedIdentity? {
        if isForPeople, let person = try await ofPage(request) { return person }
        guard !devices.isEmpty, let token = request.cookie(Self.deviceCookie(of: request)) else { return nil }
        return try await ofDevice(token, request, isUsed: true)
    }

    /// The cookie of a browser that is a device.
    static func deviceCookie(of request: Request) -> String { request.cookiePrefix + "camet_device" }

    /// Which device the token of a link or cookie stands for; nil for none, whatever the cause.
    ///
    /// - Parameter isUsed: whether a browser asks that is the device; to look at its link is no use of it.
    func ofDevice(_ token: String, _ request: Request, isUsed: Bool = false) async throws -> VerifiedIdentity? {
        do {
            return try await known(token, .device, request, form: Self.isSecret(token) ? token : nil) {
                token, changes in
                try await checkedDevice(token, isUsed: isUsed, changes)
            }
        } catch let fault as Fault where fault.code == .unauthorized {
            return nil
        }
    }

    static func bearer(_ header: String) -> String? {
        let scheme = header.utf8.prefix(7)
        guard scheme.count == 7, header.utf8.count > 7,
            zip(scheme, "bearer ".utf8).allSatisfy({ given, wanted in given == wanted || given | 0x20 == wanted })
        else { return nil }
        return String(header[scheme.endIndex...])
    }

    /// From memory, or checked: cheap things first, so that a credential that is none costs as little as can be.
    ///
    /// What has not the form of a credential needs no memory. Of those that have it, an address may have so many checked in
    /// vain, and the same one is not checked twice.
    ///
    /// - Parameters:
    ///   - kind: of credential, by where it came: what is good in one place is none in another.
    ///   - form: what the credential says, when it has the form of one.
    ///   - check: who it stands for; given the state of memory to remember that with.
    private func known<Form>(
        _ credential: String,
        _ kind: VerifiedIdentity.Proof.Kind,
        _ request: Request,
        form: @autoclosure () -> Form?,
        _ check: (Form, Int) async throws -> VerifiedIdentity?
    ) async throws -> VerifiedIdentity {
        if let identity = try recalled(credential, kind) { return identity }
        guard let form = form() else { throw Fault(code: .unauthorized) }
        let address = request.client.counted
        try limits.checkCredential(from: address)
        return try await turns.take(credential) {
            if let identity = try recalled(credential, kind) { return identity }
            return try await checked(credential, form, from: address, check)
        }
    }

    /// Nil for a credential that memory knows nothing of.
    private func recalled(
        _ credential: String, _ kind: VerifiedIdentity.Proof.Kind
    ) throws(Fault) -> VerifiedIdentity? {
        if let identity = remembered.find(credential, now: clock()) {
            guard identity.proof.kind == kind else { throw Fault(code: .unauthorized) }
            return identity
        }
        if let code = remembered.findRefusal(credential, now: clock()) { throw Fault(code: code) }
        return nil
    }

    private func checked<Form>(
        _ credential: String,
        _ form: Form,
        from address: ClientAddress,
        _ check: (Form, Int) async throws -> VerifiedIdentity?
    ) async throws -> VerifiedIdentity {
        let changes = remembered.changes
        do {
            guard let identity = try await check(form, changes) else { throw Fault(code: .unauthorized) }
            return identity
        } catch let error as PostgresError {
            throw Fault(error)
        } catch let fault as Fault {
            guard fault.code == .unauthorized || fault.code == .tenantSuspended else { throw fault }
            remembered.rememberRefusal(credential, fault.code, now: clock(), changes: changes)
            if fault.code == .unauthorized { limits.countRefusedCredential(from: address) }
            throw fault
        }
    }

    /// Checks a credential that is used once and so never remembered, as a refresh token: of those that have the form of one,
    /// an address may have so many checked in vain.
    ///
    /// - Throws: what `check` throws, `unauthorized` for what is none.
    func once<Answer>(
        _ credential: String, from address: ClientAddress, _ check: () async throws -> Answer
    ) async throws -> Answer {
        guard Self.isSecret(credential) else { throw Fault(code: .unauthorized) }
        try limits.checkCredential(from: address)
        do {
            return try await check()
        } catch let fault as Fault {
            if fault.code == .unauthorized { limits.countRefusedCredential(from: address) }
            throw fault
        }
    }

    /// Whether a text has the form of a session's cookie, or of a refresh token.
    private static func isSecret(_ text: String) -> Bool {
        text.utf8.count == SignIn.secretLength
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "a")...UInt8(ascii: "z"):
                    true
                default: false
                }
            }
    }

    private static var deadline: ContinuousClock.Instant { .now + .seconds(5) }

    private func ofToken(_ token: String, _ changes: Int) async throws -> VerifiedIdentity? {
        guard let claims = tokens.claims(of: token, now: clock()), await tokens.isSigned(token),
            let identity = try await identity(
                user: claims.user, tenant: claims.tenant, session: claims.session, proof: .accessToken),
            case .user(_, claims.role) = identity.principal.kind
        else { return nil }
        // Whoever must enrol is asked about each time, so that he may go on the moment he has.
        if !identity.mustEnrol {
            remembered.remember(
                token, identity, now: clock(), expiresAt: Instant(seconds: claims.expiresAt), changes: changes)
        }
        return identity
    }

    private func ofCookie(_ cookie: String, _ changes: Int) async throws -> VerifiedIdentity? {
        let hash = ContentDigest.sha256(Array(cookie.utf8))
        let rows = try await pool.query(FindPageSession.statement(hash: hash), deadline: Self.deadline)
        guard let page = try FindPageSession.read(rows) else { return nil }
        let csrf = page.csrfSecret.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        let identity = try await identity(
            user: page.user, tenant: page.tenant, session: page.session, proof: .pageSession(csrfToken: csrf))
        if let identity, !identity.mustEnrol {
            // The sign-in's own end is heard of; a minute bounds what its plain expiry can be late by.
            remembered.remember(
                cookie, identity, now: clock(), expiresAt: clock() + 60_000_000, changes: changes)
        }
        return identity
    }

    private func ofKey(_ text: String, _ token: APIKeyToken, _ changes: Int) async throws -> VerifiedIdentity? {
        let rows = try await pool.query(FindAPIKey.statement(publicID: token.publicID), deadline: Self.deadline)
        guard let key = try FindAPIKey.read(rows), token.matches(key.secretHash) else { return nil }
        let identity = VerifiedIdentity(
            principal: Principal(kind: .apiKey(key.id, key.scopes), tenant: key.tenant), proof: .apiKey,
            networks: key.addresses, publicKeyID: token.publicID)
        // At most once a minute, as long as it is remembered; whether it can be noted decides nothing.
        _ = try? await pool.execute(NoteAPIKeyUse.statement(key.id), deadline: Self.deadline)
        let minute = clock() + 60_000_000
        remembered.remember(
            text, identity, keyID: token.publicID, now: clock(),
            expiresAt: key.expiresAt.map { min($0, minute) } ?? minute, changes: changes)
        return identity
    }

    private func checkedDevice(_ token: String, isUsed: Bool, _ changes: Int) async throws -> VerifiedIdentity? {
        let rows = try await pool.query(
            FindDevice.statement(hash: ContentDigest.sha256(Array(token.utf8))), deadline: Self.deadline)
        guard let device = try FindDevice.read(rows) else { return nil }
        let identity = VerifiedIdentity(
            principal: Principal(
                kind: .device(device.id, device.kind), tenant: device.tenant, plants: device.plants,
                language: device.language),
            // Only whoever has the token can make it, and it tells nothing of the token.
            proof: .device(csrfToken: String(ContentDigest.sha256Text(Array("csrf:\(token)".utf8)).prefix(32))),
            device: device
        )
        guard isUsed else { return identity }
        // At most once a minute, as long as it is remembered; whether it can be noted decides nothing.
        _ = try? await pool.execute(NoteDeviceUse.statement(device.id), deadline: Self.deadline)
        let minute = clock() + 60_000_000
        remembered.remember(
            token, identity, now: clock(), expiresAt: device.expiresAt.map { min($0, minute) } ?? minute,
            changes: changes)
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
        // At most once a minute, as long as it is remembered; whether it can be noted decides nothing.
        _ = try? await pool.execute(NoteSessionUse.statement(session), deadline: deadline)
        return VerifiedIdentity(
            principal: Principal(
                kind: .user(user, role),
                tenant: tenant,
                permissions: membership.permissions,
                plants: membership.plants,
                language: known.language ?? .spanish
            ),
            proof: proof,
            session: session,
            mustEnrol: known.twoFactorRoles.contains(role) && !known.hasSecondFactor
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
