import Identity
import PostgresClient
import Shared

/// Signs people in, renews their tokens and signs them out.
struct SignIn: Sendable {
    static let refreshLifetimeSeconds = 30.0 * 86_400
    static let pageLifetimeSeconds = 12.0 * 3_600
    static let longestPassword = 1_024
    /// Characters kept of a name that was tried; nobody's is longer.
    private static let longestName = 255

    /// What a client is given.
    struct TokenPair: Sendable {
        var accessToken: String
        var refreshToken: String
    }

    struct PageCookie: Sendable {
        var value: String
        var lifetimeSeconds: Int
    }

    /// A name with which somebody tries to sign in from somewhere, neither of them locked.
    struct Attempt: Sendable {
        fileprivate let account: FoldedName
        fileprivate let address: ClientAddress
        fileprivate let counted: SignInAttempts.Attempt
    }

    /// Whose password was right, and where he goes.
    struct Person: Sendable {
        var user: UserID
        var membership: ListMemberships.Row
        var role: Role
        /// What his password was found right by; nil: he has signed in before.
        var password: PasswordHash?
    }

    let pool: PostgresPool
    let tokens: AccessTokens
    let attempts: SignInAttempts
    let passwords: PasswordChecks
    let refusals: RefusalLog
    let secondFactors: SecondFactors
    let clock: @Sendable () -> Instant

    static var deadline: ContinuousClock.Instant { .now + .seconds(10) }

    /// Whoever is locked out learns it here, before anything is waited for.
    ///
    /// - Throws: `tooManyAttempts` while the account or the address is locked.
    func attempt(of username: String, from address: ClientAddress) throws(Fault) -> Attempt {
        let account = FoldedName(username)
        let attempt = attempts.attempt(account: account.text, address: address)
        do throws(Fault) {
            try attempt.check()
        } catch {
            refusals.noteSignIn(of: nil, reason: "locked", from: address)
            throw error
        }
        return Attempt(account: account, address: address, counted: attempt)
    }

    /// Checks a name and password, with the same answer and in the same time for everything that is wrong.
    ///
    /// - Parameter tenant: slug; nil means the first membership.
    /// - Throws: `invalidCredentials`, or `tooManyAttempts` when another attempt has locked the account meanwhile.
    func firstStep(_ attempt: Attempt, password: String, tenant: String?) async throws -> FirstStep {
        let (account, address, attempt) = (attempt.account, attempt.address, attempt.counted)
        let place = try passwords.takePlace()
        let user = try await FindUserByName.read(
            pool.query(FindUserByName.statement(account), deadline: Self.deadline))
        let isShort = password.utf8.count <= Self.longestPassword
        let isRight = try await passwords.check(
            isShort ? password : "", against: isShort ? user?.passwordHash : nil, in: place, counting: attempt)
        guard isRight, let user, !user.isDisabled else {
            if isRight { attempt.countFailure() }
            try await record(
                account, user?.id, address, reason: user == nil ? "unknown_user" : "wrong_password")
            throw Fault(code: .invalidCredentials)
        }
        let memberships = try await ListMemberships.read(
            pool.query(ListMemberships.statement(user.id), deadline: Self.deadline))
        let chosen = memberships.first { membership in
            !membership.isSuspended && (tenant.map { membership.slug == $0 } ?? true)
        }
        guard let membership = chosen, let role = membership.role else {
            attempt.countFailure()
            try await record(account, user.id, address, reason: "not_a_member")
            throw Fault(code: .invalidCredentials)
        }
        let person = Person(user: user.id, membership: membership, role: role, password: user.passwordHash)
        // The failures of the account are forgotten only when all is proved, or guessing codes would have no end.
        if let challenge = try await challenge(for: person) { return .secondFactor(challenge) }
        attempt.countSuccess()
        try await record(account, user.id, address, reason: nil)
        return .signedIn(person)
    }

    /// Whom somebody who has signed in is in one of his tenants.
    ///
    /// - Parameter slug: of the tenant; one that there is not is refused like one of others.
    /// - Throws: `notAMember`, or `tenantSuspended`.
    func person(_ user: UserID, in slug: String) async throws -> Person {
        let membership = try await memberships(of: user).first { $0.slug == slug }
        guard let membership, let role = membership.role else { throw Fault(code: .notAMember) }
        if membership.isSuspended { throw Fault(code: .tenantSuspended) }
        return Person(user: user, membership: membership, role: role)
    }

    func record(
        _ account: FoldedName, _ user: UserID?, _ address: ClientAddress, reason: String?
    ) async throws {
        if let reason { refusals.noteSignIn(of: user, reason: reason, from: address) }
        try await pool.execute(
            InsertSignInAttempt.statement(
                account: String(String.UnicodeScalarView(account.text.unicodeScalars.prefix(Self.longestName))),
                network: address.isLocal ? nil : address.description,
                isSuccess: reason == nil,
                reason: reason
            ),
            deadline: Self.deadline
        )
    }

    // MARK: Tokens

    /// - Parameter origin: where he signs in.
    /// - Throws: `invalidCredentials`, or `unauthorized` of a switch, for what has ended meanwhile.
    func tokens(
        for person: Person, _ beginning: Beginning, from origin: SessionOrigin, _ caller: InsertAuditEntry.Caller
    ) async throws -> TokenPair {
        let refresh = Self.secret()
        let deadline = Self.deadline
        let session = try await pool.withTransaction(deadline: deadline) { transaction in
            let session = try await begin(
                "api", for: person, from: origin, lifetimeSeconds: Self.refreshLifetimeSeconds, transaction, deadline)
            if case .switching(let old) = beginning { try await hold(old, transaction, deadline) }
            try await insertRefresh(refresh, session, transaction, deadline)
            try await transaction.execute(beginning.entry(of: person, kind: "api", from: caller), deadline: deadline)
            return session
        }
        let access = try await tokens.make(
            user: person.user,
            tenant: person.membership.tenant,
            role: person.role,
            session: session,
            now: clock()
        )
        return TokenPair(accessToken: access, refreshToken: refresh)
    }

    /// A new pair for a refresh token, which dies. One that was used before ends its whole family.
    ///
    /// - Throws: `unauthorized`, `tenantSuspended`.
    func renew(_ refreshToken: String, from caller: InsertAuditEntry.Caller) async throws -> TokenPair {
        let hash = ContentDigest.sha256(Array(refreshToken.utf8))
        let next = Self.secret()
        let deadline = Self.deadline
        let renewed: (SessionID, UserID, TenantID, Role)? = try await pool.withTransaction(deadline: deadline) {
            transaction in
            let rows = try await transaction.query(UseRefreshToken.statement(hash: hash), deadline: deadline)
            guard let row = rows.first else {
                try await endReused(hash, caller, transaction, deadline)
                return nil
            }
            let session = SessionID(try row.value(0))
            let (user, tenant) = (UserID(try row.value(1)), TenantID(try row.value(2)))
            // What is refused here leaves the token as it was, good for when he may again.
            let memberships = try await ListMemberships.read(
                transaction.query(ListMemberships.statement(user), deadline: deadline))
            guard let membership = memberships.first(where: { $0.tenant == tenant }), let role = membership.role else {
                throw Fault(code: .unauthorized)
            }
            if membership.isSuspended { throw Fault(code: .tenantSuspended) }
            try await insertRefresh(next, session, transaction, deadline)
            return (session, user, tenant, role)
        }
        guard let (session, user, tenant, role) = renewed else { throw Fault(code: .unauthorized) }
        let access = try await tokens.make(user: user, tenant: tenant, role: role, session: session, now: clock())
        return TokenPair(accessToken: access, refreshToken: next)
    }

    /// Begins a session, unless the password that was checked, or the user, is no good any more. It comes first in its
    /// transaction: whoever changes a user holds him before he ends his sessions.
    private func begin(
        _ kind: String,
        for person: Person,
        from origin: SessionOrigin,
        lifetimeSeconds: Double,
        _ transaction: borrowing PostgresTransaction,
        _ deadline: ContinuousClock.Instant
    ) async throws -> SessionID {
        let rows = try await transaction.query(
            InsertSession.statement(
                user: person.user,
                tenant: person.membership.tenant,
                kind: kind,
                lifetimeSeconds: lifetimeSeconds,
                password: person.password,
                from: origin
            ),
            deadline: deadline
        )
        guard let row = rows.first else { throw Fault(code: .invalidCredentials) }
        return SessionID(try row.value(0))
    }

    /// - Throws: `unauthorized` for a session that has ended.
    private func hold(
        _ session: SessionID,
        _ transaction: borrowing PostgresTransaction,
        _ deadline: ContinuousClock.Instant
    ) async throws {
        let rows = try await transaction.query(HoldSession.statement(session), deadline: deadline)
        if rows.isEmpty { throw Fault(code: .unauthorized) }
    }

    /// Ends the sign-in of a refresh token that was used before. What is over already is no news.
    private func endReused(
        _ hash: [UInt8],
        _ caller: InsertAuditEntry.Caller,
        _ transaction: borrowing PostgresTransaction,
        _ deadline: ContinuousClock.Instant
    ) async throws {
        let rows = try await transaction.query(FindUsedRefreshToken.statement(hash: hash), deadline: deadline)
        guard let reused = try FindUsedRefreshToken.read(rows) else { return }
        let ended = try await transaction.execute(
            EndSession.statement(reused.session, reason: "reused_refresh_token"), deadline: deadline)
        if ended == 0 { return }
        try await transaction.execute(
            InsertAuditEntry.statement(
                AuditRecord(
                    actor: AuditRecord.anonymous, tenant: reused.tenant, action: "session.reused",
                    object: "user:\(reused.user)", from: caller)),
            deadline: deadline
        )
    }

    private func insertRefresh(
        _ token: String,
        _ session: SessionID,
        _ transaction: borrowing PostgresTransaction,
        _ deadline: ContinuousClock.Instant
    ) async throws {
        try await transaction.execute(
            InsertRefreshToken.statement(
                hash: ContentDigest.sha256(Array(token.utf8)),
                session: session,
                lifetimeSeconds: Self.refreshLifetimeSeconds
            ),
            deadline: deadline
        )
    }

    // MARK: Pages

    /// - Parameter origin: where he signs in.
    /// - Throws: `invalidCredentials`, or `unauthorized` of a switch, for what has ended meanwhile.
    func pageCookie(
        for person: Person, _ beginning: Beginning, from origin: SessionOrigin, _ caller: InsertAuditEntry.Caller
    ) async throws -> PageCookie {
        let cookie = Self.secret()
        let deadline = Self.deadline
        try await pool.withTransaction(deadline: deadline) { transaction in
            let session = try await begin(
                "page", for: person, from: origin, lifetimeSeconds: Self.pageLifetimeSeconds, transaction, deadline)
            if case .switching(let old) = beginning {
                let ended = try await transaction.execute(
                    EndSession.statement(old, reason: "switched"), deadline: deadline)
                if ended == 0 { throw Fault(code: .unauthorized) }
            }
            try await transaction.execute(
                InsertPageSession.statement(
                    hash: ContentDigest.sha256(Array(cookie.utf8)),
                    session: session,
                    csrfSecret: RandomBytes.make(count: 32),
                    lifetimeSeconds: Self.pageLifetimeSeconds
                ),
                deadline: deadline
            )
            try await transaction.execute(beginning.entry(of: person, kind: "page", from: caller), deadline: deadline)
        }
        return PageCookie(value: cookie, lifetimeSeconds: Int(Self.pageLifetimeSeconds))
    }

    /// Ends the sign-in that somebody asks with.
    func signOut(_ context: TenantContext) async throws {
        guard case .user(let user, _) = context.principal.kind, let session = context.identity.session else {
            throw Fault(code: .forbidden)
        }
        let deadline = Self.deadline
        try await pool.withTransaction(deadline: deadline) { transaction in
            let ended = try await transaction.execute(
                EndSession.statement(session, reason: "logout"), deadline: deadline)
            if ended == 0 { return }
            try await transaction.execute(
                InsertAuditEntry.statement(
                    user: user, tenant: context.tenant, action: "session.ended", object: nil,
                    from: context.open.caller),
                deadline: deadline
            )
        }
    }

    /// Ends the sign-in of a page's cookie.
    func forgetPage(_ cookie: String) async throws {
        let hash = ContentDigest.sha256(Array(cookie.utf8))
        let rows = try await pool.query(FindPageSession.statement(hash: hash), deadline: Self.deadline)
        guard let page = try FindPageSession.read(rows) else { return }
        try await pool.execute(
            EndSession.statement(page.session, reason: "signed_in_again"), deadline: Self.deadline)
    }

    // MARK: People

    func memberships(of user: UserID) async throws -> [ListMemberships.Row] {
        try await ListMemberships.read(pool.query(ListMemberships.statement(user), deadline: Self.deadline))
    }

    func session(_ session: SessionID, user: UserID, tenant: TenantID) async throws -> ReadSession.Row {
        let rows = try await pool.query(
            ReadSession.statement(session, user: user, tenant: tenant), deadline: Self.deadline)
        guard let row = try ReadSession.read(rows) else { throw Fault(code: .unauthorized) }
        return row
    }

    func name(of user: UserID) async throws -> String {
        try await pool.query(ReadUsername.statement(user), deadline: Self.deadline).value(0, 0)
    }

    /// Characters of a refresh token or a session's cookie; they carry 256 random bits.
    static let secretLength = 43

    static func secret() -> String {
        RandomBytes.alphanumeric(count: secretLength)
    }
}
