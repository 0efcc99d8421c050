import Identity
import PostgresClient
import Shared

/// Signs people in, renews their tokens and signs them out.
struct SignIn: Sendable {
    static let refreshLifetimeSeconds = 30.0 * 86_400
    static let pageLifetimeSeconds = 12.0 * 3_600
    static let longestPassword = 1_024

    /// What a client is given.
    struct TokenPair: Sendable {
        var accessToken: String
        var refreshToken: String
    }

    struct PageCookie: Sendable {
        var value: String
        var lifetimeSeconds: Int
    }

    /// Whose password was right, and where he goes.
    struct Person: Sendable {
        var user: UserID
        var membership: ListMemberships.Row
        var role: Role
    }

    let pool: PostgresPool
    let tokens: AccessTokens
    let attempts: SignInAttempts
    let passwords: PasswordChecks
    let secondFactors: SecondFactors
    let clock: @Sendable () -> Instant

    static var deadline: ContinuousClock.Instant { .now + .seconds(10) }

    /// Checks a name and password, with the same answer and in the same time for everything that is wrong.
    ///
    /// - Parameter tenant: slug; nil means the first membership.
    /// - Throws: `invalidCredentials`, or `tooManyAttempts` while the account or address is locked.
    func firstStep(
        username: String,
        password: String,
        tenant: String?,
        address: ClientAddress
    ) async throws -> FirstStep {
        let account = FoldedName(username)
        try attempts.check(account: account.text, address: address)
        let user = try await FindUserByName.read(
            pool.query(FindUserByName.statement(account), deadline: Self.deadline))
        let isShort = password.utf8.count <= Self.longestPassword
        let isRight = try await passwords.check(isShort ? password : "", against: isShort ? user?.passwordHash : nil)
        guard isRight, let user, !user.isDisabled else {
            attempts.countFailure(account: account.text, address: address)
            try await record(account, address, reason: user == nil ? "unknown_user" : "wrong_password")
            throw Fault(code: .invalidCredentials)
        }
        let memberships = try await ListMemberships.read(
            pool.query(ListMemberships.statement(user.id), deadline: Self.deadline))
        let chosen = memberships.first { membership in
            !membership.isSuspended && (tenant.map { membership.slug == $0 } ?? true)
        }
        guard let membership = chosen, let role = membership.role else {
            try await record(account, address, reason: "not_a_member")
            throw Fault(code: .invalidCredentials)
        }
        let person = Person(user: user.id, membership: membership, role: role)
        // The failures of the account are forgotten only when all is proved, or guessing codes would have no end.
        if let challenge = try await challenge(for: person) { return .secondFactor(challenge) }
        attempts.countSuccess(account: account.text)
        try await record(account, address, reason: nil)
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

    func record(_ account: FoldedName, _ address: ClientAddress, reason: String?) async throws {
        try await pool.execute(
            InsertSignInAttempt.statement(
                account: account.text,
                network: address.isLocal ? nil : address.description,
                isSuccess: reason == nil,
                reason: reason
            ),
            deadline: Self.deadline
        )
    }

    // MARK: Tokens

    /// - Parameter caller: who switched to this tenant with the tokens of another; nil: he has just signed in.
    func tokens(
        for person: Person, switchedBy caller: InsertAuditEntry.Caller? = nil
    ) async throws -> TokenPair {
        let refresh = Self.secret()
        let deadline = Self.deadline
        let session = try await pool.withTransaction(deadline: deadline) { transaction in
            let text: String = try await transaction.query(
                InsertSession.statement(
                    user: person.user,
                    tenant: person.membership.tenant,
                    kind: "api",
                    lifetimeSeconds: Self.refreshLifetimeSeconds
                ),
                deadline: deadline
            ).value(0, 0)
            try await insertRefresh(refresh, SessionID(text), transaction, deadline)
            if let caller { try await recordSwitch(person, caller, transaction, deadline) }
            return SessionID(text)
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
    /// - Throws: `unauthorized`.
    func renew(_ refreshToken: String) async throws -> TokenPair {
        let hash = ContentDigest.sha256(Array(refreshToken.utf8))
        let next = Self.secret()
        let deadline = Self.deadline
        let used: (SessionID, UserID, TenantID)? = try await pool.withTransaction(deadline: deadline) { transaction in
            let rows = try await transaction.query(UseRefreshToken.statement(hash: hash), deadline: deadline)
            guard let row = rows.first else {
                let reused = try await transaction.query(
                    FindUsedRefreshToken.statement(hash: hash), deadline: deadline)
                if let session = try reused.first?.value(0, as: String.self) {
                    try await transaction.execute(
                        EndSession.statement(SessionID(session), reason: "reused_refresh_token"), deadline: deadline)
                }
                return nil
            }
            let session = SessionID(try row.value(0))
            try await insertRefresh(next, session, transaction, deadline)
            return (session, UserID(try row.value(1)), TenantID(try row.value(2)))
        }
        guard let (session, user, tenant) = used else { throw Fault(code: .unauthorized) }
        let memberships = try await ListMemberships.read(
            pool.query(ListMemberships.statement(user), deadline: deadline))
        guard let membership = memberships.first(where: { $0.tenant == tenant }), let role = membership.role else {
            throw Fault(code: .unauthorized)
        }
        if membership.isSuspended { throw Fault(code: .tenantSuspended) }
        let access = try await tokens.make(user: user, tenant: tenant, role: role, session: session, now: clock())
        return TokenPair(accessToken: access, refreshToken: next)
    }

    private func recordSwitch(
        _ person: Person,
        _ caller: InsertAuditEntry.Caller,
        _ transaction: borrowing PostgresTransaction,
        _ deadline: ContinuousClock.Instant
    ) async throws {
        try await transaction.execute(
            InsertAuditEntry.statement(
                user: person.user,
                tenant: person.membership.tenant,
                action: "session.switched",
                object: "tenant:\(person.membership.slug)",
                from: caller
            ),
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

    /// - Parameters:
    ///   - old: the session in another tenant that this one replaces.
    ///   - caller: who switched; nil: he has just signed in.
    func pageCookie(
        for person: Person,
        insteadOf old: SessionID? = nil,
        switchedBy caller: InsertAuditEntry.Caller? = nil
    ) async throws -> PageCookie {
        let cookie = Self.secret()
        let deadline = Self.deadline
        try await pool.withTransaction(deadline: deadline) { transaction in
            let text: String = try await transaction.query(
                InsertSession.statement(
                    user: person.user,
                    tenant: person.membership.tenant,
                    kind: "page",
                    lifetimeSeconds: Self.pageLifetimeSeconds
                ),
                deadline: deadline
            ).value(0, 0)
            try await transaction.execute(
                InsertPageSession.statement(
                    hash: ContentDigest.sha256(Array(cookie.utf8)),
                    session: SessionID(text),
                    csrfSecret: RandomBytes.make(count: 32),
                    lifetimeSeconds: Self.pageLifetimeSeconds
                ),
                deadline: deadline
            )
            if let old {
                try await transaction.execute(EndSession.statement(old, reason: "switched"), deadline: deadline)
            }
            if let caller { try await recordSwitch(person, caller, transaction, deadline) }
        }
        return PageCookie(value: cookie, lifetimeSeconds: Int(Self.pageLifetimeSeconds))
    }

    func signOut(_ session: SessionID) async throws {
        try await pool.execute(EndSession.statement(session, reason: "logout"), deadline: Self.deadline)
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

    /// 43 characters that carry 256 random bits.
    static func secret() -> String {
        RandomBytes.alphanumeric(count: 43)
    }
}
