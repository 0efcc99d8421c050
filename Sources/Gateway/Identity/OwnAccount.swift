import Identity
import PostgresClient
import Shared

/// What somebody who is signed in changes of his own: password, language, and where he is signed in.
///
/// Every change is one transaction with its entry in the audit log.
struct OwnAccount: Sendable {
    /// Who asks, and with which of his sign-ins.
    struct Owner: Sendable {
        var user: UserID
        var tenant: TenantID
        var session: SessionID
        var caller: InsertAuditEntry.Caller
    }

    let pool: PostgresPool
    let attempts: SignInAttempts
    let passwords: PasswordChecks

    private static var deadline: ContinuousClock.Instant { .now + .seconds(10) }

    // MARK: Password

    /// What a new password must not contain, and must not be made of.
    func namesAndWords(of owner: Owner) async throws -> (names: [String], words: [String]) {
        try await databaseFaults {
            let known = try await known(owner)
            let words = try await ReadTenantName.read(
                pool.query(ReadTenantName.statement(owner.tenant), deadline: Self.deadline))
            return ([known.username, known.email], words)
        }
    }

    /// Makes sure that it is the owner who asks, by his password. Wrong ones count as they do where people sign in.
    ///
    /// - Returns: the hash it is right by.
    /// - Throws: `reauthRequired` when it is missing or wrong, `tooManyAttempts` while the account or address is locked.
    @discardableResult
    func confirm(_ password: String?, of owner: Owner) async throws -> PasswordHash {
        try await databaseFaults {
            guard let password, !password.isEmpty else { throw Fault(code: .reauthRequired) }
            let known = try await known(owner)
            let account = FoldedName(known.username).text
            let attempt = attempts.attempt(account: account, address: owner.caller.address)
            try attempt.check()
            let place = try passwords.takePlace()
            let isShort = password.utf8.count <= SignIn.longestPassword
            let isRight = try await passwords.check(
                isShort ? password : "", against: isShort ? known.hash : nil, in: place, counting: attempt)
            guard isRight, let hash = known.hash else {
                try await pool.execute(
                    InsertSignInAttempt.statement(
                        account: account,
                        network: owner.caller.address.isLocal ? nil : owner.caller.address.description,
                        isSuccess: false,
                        reason: "wrong_password"
                    ),
                    deadline: Self.deadline
                )
                throw Fault(code: .reauthRequired)
            }
            attempt.countSuccess()
            return hash
        }
    }

    /// Sets a new password and ends every other sign-in of the owner, in all his tenants.
    ///
    /// - Parameter password: one that `PasswordRule` has no fault with.
    /// - Throws: as `confirm`.
    func changePassword(to password: String, from current: String?, of owner: Owner) async throws {
        let known = try await confirm(current, of: owner)
        let hash = try await passwords.hash(password)
        try await databaseFaults {
            try await pool.withTransaction(deadline: Self.deadline) { transaction in
                let changed = try await transaction.execute(
                    ReplacePassword.statement(owner.user, hash, insteadOf: known), deadline: Self.deadline)
                // Somebody has changed it since it was found right.
                if changed == 0 { throw Fault(code: .reauthRequired) }
                try await transaction.execute(
                    EndSessionsOfUser.statement(owner.user, except: owner.session, reason: "password_changed"),
                    deadline: Self.deadline)
                try await record("user.password_changed", "user:\(owner.user)", owner, transaction)
            }
        }
    }

    private func known(_ owner: Owner) async throws -> ReadPassword.Row {
        let rows = try await pool.query(ReadPassword.statement(owner.user), deadline: Self.deadline)
        guard let known = try ReadPassword.read(rows) else { throw Fault(code: .unauthorized) }
        return known
    }

    // MARK: Sessions

    /// The sign-ins that hold, in all tenants, the newest first.
    ///
    /// - Parameter last: the last of the page before.
    func sessions(
        of owner: Owner, after last: ListSessions.Cursor?, limit: Int
    ) async throws -> [ListSessions.Row] {
        try await databaseFaults {
            try await ListSessions.read(
                pool.query(
                    ListSessions.statement(owner.user, after: last, limit: limit), deadline: Self.deadline))
        }
    }

    /// - Throws: `notFound` for a sign-in that is somebody else's or holds no longer.
    func end(_ session: SessionID, of owner: Owner) async throws {
        try await databaseFaults {
            try await pool.withTransaction(deadline: Self.deadline) { transaction in
                let ended = try await transaction.execute(
                    EndOwnSession.statement(session, of: owner.user), deadline: Self.deadline)
                if ended == 0 { throw Fault(code: .notFound) }
                try await record("session.ended", "session:\(session)", owner, transaction)
            }
        }
    }

    /// Ends every sign-in but the one that asks.
    func endOthers(of owner: Owner) async throws {
        try await databaseFaults {
            try await pool.withTransaction(deadline: Self.deadline) { transaction in
                let ended = try await transaction.execute(
                    EndSessionsOfUser.statement(owner.user, except: owner.session, reason: "logout"),
                    deadline: Self.deadline)
                if ended > 0 { try await record("session.ended", "user:\(owner.user)", owner, transaction) }
            }
        }
    }

    // MARK: Language

    /// - Parameter language: nil for whatever the browser asks for.
    func setLanguage(_ language: LanguageCode?, of owner: Owner) async throws {
        try await databaseFaults {
            try await pool.withTransaction(deadline: Self.deadline) { transaction in
                let changed = try await transaction.execute(
                    SetLanguage.statement(owner.user, language), deadline: Self.deadline)
                if changed > 0 { try await record("user.updated", "user:\(owner.user)", owner, transaction) }
            }
        }
    }

    private func record(
        _ action: String, _ object: String, _ owner: Owner, _ transaction: borrowing PostgresTransaction
    ) async throws {
        try await transaction.execute(
            InsertAuditEntry.statement(
                user: owner.user, tenant: owner.tenant, action: action, object: object, from: owner.caller),
            deadline: Self.deadline)
    }
}

extension TenantContext {
    /// Whose account it is that asks.
    ///
    /// - Throws: `forbidden` for whoever is no person.
    func owner() throws(Fault) -> OwnAccount.Owner {
        guard case .user(let user, _) = principal.kind, let session = identity.session else {
            throw Fault(code: .forbidden)
        }
        return OwnAccount.Owner(user: user, tenant: tenant, session: session, caller: open.caller)
    }
}

extension Services {
    var account: OwnAccount {
        OwnAccount(pool: pool, attempts: signIn.attempts, passwords: signIn.passwords)
    }
}
