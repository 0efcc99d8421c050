import Identity
import PostgresClient
import Shared

/// Enrols people's second factors, confirms them and takes them away.
///
/// A secret that is enrolled opens nothing until a code made of it has come back, in the session that enrolled it: no other
/// one gets to see it. Whatever is confirmed comes with ten new recovery codes, in place of those there were.
struct SecondFactors: Sendable {
    static let enrolmentLifetimeSeconds = 600.0
    /// The name that applications show.
    static let issuer = "Camet Analytics"

    typealias Owner = OwnAccount.Owner

    let pool: PostgresPool
    let sealing: SealingKeyFile
    /// Whether messages can be sent; telephones enrolled while they could be wait for it.
    let sendsMessages: Bool
    let clock: @Sendable () -> Instant

    static var deadline: ContinuousClock.Instant { .now + .seconds(10) }

    private var seconds: Int64 { clock().microseconds / Instant.microsecondsPerSecond }

    /// Those in force, sealed.
    func all(of user: UserID) async throws -> [ListSecondFactors.Row] {
        try await ListSecondFactors.read(pool.query(ListSecondFactors.statement(user), deadline: Self.deadline))
    }

    /// What the user can prove himself with now.
    func methods(of factors: [ListSecondFactors.Row]) -> [SecondFactorMethod] {
        factors.map(\.method).filter { $0 != .sms || sendsMessages }
    }

    /// How many recovery codes are left.
    func recoveryCodesLeft(of user: UserID) async throws -> Int {
        let count: Int64 = try await pool.query(CountRecoveryCodes.statement(user), deadline: Self.deadline).value(0, 0)
        return Int(count)
    }

    // MARK: Enrolling

    /// A new seed for an application; the old one stays in force until this one is confirmed.
    func enrolApplication(by owner: Owner) async throws -> TimeBasedCode {
        let code = TimeBasedCode()
        try await start(.totp, secret: code.seed, by: owner)
        return code
    }

    /// The seed that waits to be confirmed in the session; nil when none does.
    func enrolledApplication(_ user: UserID, in session: SessionID) async throws -> TimeBasedCode? {
        let rows = try await pool.query(ReadEnrolment.statement(user, in: session, .totp), deadline: Self.deadline)
        guard let sealed = try rows.first?.value(0, as: PostgresBytes.self).bytes else { return nil }
        return TimeBasedCode(seed: try open(sealed, user, .totp, isEnrolling: true))
    }

    /// Whether something waits to be confirmed in the session.
    func isWaiting(_ user: UserID, in session: SessionID, _ method: SecondFactorMethod) async throws -> Bool {
        try await pool.query(ReadEnrolment.statement(user, in: session, method), deadline: Self.deadline).first != nil
    }

    /// Puts the seed that waits in force when the code is one of it.
    ///
    /// - Throws: `conflict` when no seed waits in this session, `invalid` for a wrong code.
    func confirmApplication(_ code: String, by owner: Owner) async throws -> [RecoveryCode] {
        let now = seconds
        return try await confirm(.totp, by: owner) { enrolled in
            let known = TimeBasedCode(seed: enrolled)
            return known.step(of: code, at: now).map { (known.seed, $0) }
        }
    }

    func start(
        _ method: SecondFactorMethod, secret: [UInt8], lifetimeSeconds: Double = enrolmentLifetimeSeconds,
        by owner: Owner
    ) async throws {
        let sealed = try sealing.seal(
            secret, purpose: SecondFactorPurpose.enrolling(user: owner.user.rawValue, method: method.rawValue))
        try await pool.execute(
            StartEnrolment.statement(
                owner.user, in: owner.session, method, sealedSecret: sealed, lifetimeSeconds: lifetimeSeconds),
            deadline: Self.deadline)
    }

    /// - Parameter prove: what is to be kept of the enrolled secret, and the step it was proved with (0: none); nil when
    ///   it was not.
    func confirm(
        _ method: SecondFactorMethod,
        by owner: Owner,
        _ prove: @Sendable ([UInt8]) -> (secret: [UInt8], step: Int64)?
    ) async throws -> [RecoveryCode] {
        let deadline = Self.deadline
        // A wrong code is no error in here: the try it costs must be committed.
        let codes: [RecoveryCode]? = try await pool.withTransaction(deadline: deadline) { transaction in
            try await transaction.execute(HoldUser.statement(owner.user), deadline: deadline)
            let rows = try await transaction.query(
                TryEnrolment.statement(owner.user, in: owner.session, method), deadline: deadline)
            guard let sealed = try rows.first?.value(0, as: PostgresBytes.self).bytes else {
                throw Fault(code: .conflict)
            }
            guard let proved = prove(try open(sealed, owner.user, method, isEnrolling: true)) else { return nil }
            let kept = try sealing.seal(
                proved.secret, purpose: SecondFactorPurpose.of(user: owner.user.rawValue, method: method.rawValue))
            try await transaction.execute(
                StoreSecondFactor.statement(owner.user, method, sealedSecret: kept, usedStep: proved.step),
                deadline: deadline)
            try await record("second_factor.enrolled", owner, transaction, deadline)
            return try await renewCodes(of: owner.user, transaction, deadline)
        }
        guard let codes else { throw Fault.invalid("otp", .wrongCode) }
        return codes
    }

    // MARK: Afterwards

    /// Ten new recovery codes; the old ones are void.
    ///
    /// - Throws: `conflict` for whoever has no second factor.
    func renewRecoveryCodes(by owner: Owner) async throws -> [RecoveryCode] {
        let deadline = Self.deadline
        return try await pool.withTransaction(deadline: deadline) { transaction in
            try await transaction.execute(HoldUser.statement(owner.user), deadline: deadline)
            let rows = try await transaction.query(ListSecondFactors.statement(owner.user), deadline: deadline)
            guard rows.first != nil else { throw Fault(code: .conflict) }
            try await record("recovery_codes.renewed", owner, transaction, deadline)
            return try await renewCodes(of: owner.user, transaction, deadline)
        }
    }

    /// Takes all of it away, what waits to be confirmed too.
    func disable(by owner: Owner) async throws {
        let deadline = Self.deadline
        try await pool.withTransaction(deadline: deadline) { transaction in
            try await transaction.execute(HoldUser.statement(owner.user), deadline: deadline)
            let count = try await transaction.execute(
                DeleteSecondFactors.statement(owner.user), deadline: deadline)
            if count > 0 { try await record("second_factor.disabled", owner, transaction, deadline) }
        }
    }

    /// Takes the second factor of somebody else away and ends all his sign-ins.
    ///
    /// - Parameters:
    ///   - role: of whoever does it.
    ///   - plants: he is limited to; people with others are as if they did not exist.
    /// - Throws: `notFound` for no member or one without a second factor; `forbidden` for one above the caller or who is
    ///   also somebody else's, unless it is a SUPER_ADMIN who asks; `reauthRequired` for the caller himself.
    func reset(_ user: UserID, by owner: Owner, role: Role, within plants: [PlantID]?) async throws {
        let deadline = Self.deadline
        try await pool.withTransaction(deadline: deadline) { transaction in
            let rows = try await transaction.query(
                ReadMember.statement(user, of: owner.tenant, within: plants), deadline: deadline)
            guard let member = try ListMembers.read(rows).first else { throw Fault(code: .notFound) }
            if role != .superAdmin, member.isSuperAdmin || member.hasOtherMemberships { throw Fault(code: .forbidden) }
            // One's own goes by the password.
            guard user != owner.user else { throw Fault(code: .reauthRequired) }
            try await transaction.execute(HoldUser.statement(user), deadline: deadline)
            let count = try await transaction.execute(DeleteSecondFactors.statement(user), deadline: deadline)
            guard count > 0 else { throw Fault(code: .notFound) }
            try await transaction.execute(
                EndSessionsOfUser.statement(user, reason: "second_factor_reset"), deadline: deadline)
            try await record("second_factor.reset", owner, of: user, transaction, deadline)
        }
    }

    // MARK: Parts

    func open(
        _ sealed: [UInt8], _ user: UserID, _ method: SecondFactorMethod, isEnrolling: Bool = false
    ) throws -> [UInt8] {
        let (user, method) = (user.rawValue, method.rawValue)
        return try sealing.open(
            sealed,
            purpose: isEnrolling
                ? SecondFactorPurpose.enrolling(user: user, method: method)
                : SecondFactorPurpose.of(user: user, method: method))
    }

    private func renewCodes(
        of user: UserID, _ transaction: borrowing PostgresTransaction, _ deadline: ContinuousClock.Instant
    ) async throws -> [RecoveryCode] {
        let codes = (0..<RecoveryCode.count).map { _ in RecoveryCode() }
        try await transaction.execute(ReplaceRecoveryCodes.statement(codes, of: user), deadline: deadline)
        return codes
    }

    private func record(
        _ action: String, _ owner: Owner, of user: UserID? = nil,
        _ transaction: borrowing PostgresTransaction, _ deadline: ContinuousClock.Instant
    ) async throws {
        try await transaction.execute(
            InsertAuditEntry.statement(
                user: owner.user, tenant: owner.tenant, action: action, object: "user:\(user ?? owner.user)",
                from: owner.caller),
            deadline: deadline)
    }
}
