import Identity
import PostgresClient
import Shared

/// The second step of a sign-in.
extension SignIn {
    static let ticketLifetimeSeconds = 300.0

    /// What a right name and password lead to.
    enum FirstStep: Sendable {
        case signedIn(Person)
        case secondFactor(Challenge)
    }

    /// What a client goes on with to the second step.
    struct Challenge: Sendable {
        /// Stands for the password, for five tries and five minutes; only a hash of it is stored.
        var ticket: String
        var methods: [SecondFactorMethod]
    }

    /// What proves the second factor.
    enum SecondProof: Sendable {
        /// A code of six digits.
        case code(String)
        case recoveryCode(String)

        /// What a person typed where both can be given.
        init(typed: String) {
            self = RecoveryCode(typed: typed) == nil ? .code(typed) : .recoveryCode(typed)
        }
    }

    private enum Outcome {
        case right
        case wrong
        /// The ticket ended meanwhile.
        case over
    }

    /// - Returns: nil for a person without a second factor.
    func challenge(for person: Person) async throws -> Challenge? {
        let factors = try await secondFactors.all(of: person.user)
        guard !factors.isEmpty else { return nil }
        let ticket = Self.secret()
        try await pool.execute(
            InsertTicket.statement(
                hash: ContentDigest.sha256(Array(ticket.utf8)), user: person.user, tenant: person.membership.tenant,
                lifetimeSeconds: Self.ticketLifetimeSeconds),
            deadline: Self.deadline)
        return Challenge(ticket: ticket, methods: secondFactors.methods(of: factors))
    }

    /// The challenge of a ticket that has tries and time left; nil when it is over.
    func challenge(of ticket: String) async throws -> Challenge? {
        let hash = ContentDigest.sha256(Array(ticket.utf8))
        let rows = try await pool.query(FindTicket.statement(hash: hash), deadline: Self.deadline)
        guard let known = try FindTicket.read(rows) else { return nil }
        return Challenge(
            ticket: ticket, methods: secondFactors.methods(of: try await secondFactors.all(of: known.user)))
    }

    /// Whose ticket it is, when what he proves the second factor with is right. Each try costs one of the ticket's, and a
    /// wrong one counts like a wrong password.
    ///
    /// - Throws: `invalidCode` whatever is wrong with ticket or proof, `tooManyAttempts` while the account or address is
    ///   locked.
    func person(
        ticket: String, proof: SecondProof, from caller: InsertAuditEntry.Caller
    ) async throws -> Person {
        let hash = ContentDigest.sha256(Array(ticket.utf8))
        let rows = try await pool.query(FindTicket.statement(hash: hash), deadline: Self.deadline)
        guard let known = try FindTicket.read(rows) else { throw Fault(code: .invalidCode) }
        let attempt = attempts.attempt(account: known.account.text, address: caller.address)
        try attempt.check()
        switch try await outcome(of: proof, ticket: ticket, hash, known, caller) {
        case .right: break
        case .over: throw Fault(code: .invalidCode)
        case .wrong:
            attempt.countFailure()
            try await record(known.account, known.user, caller.address, reason: "wrong_otp")
            throw Fault(code: .invalidCode)
        }
        let membership = try await memberships(of: known.user).first { $0.tenant == known.tenant }
        guard let membership, !membership.isSuspended, let role = membership.role else {
            try await record(known.account, known.user, caller.address, reason: "not_a_member")
            throw Fault(code: .invalidCode)
        }
        attempt.countSuccess()
        try await record(known.account, known.user, caller.address, reason: nil)
        return Person(user: known.user, membership: membership, role: role, password: known.password)
    }

    private func outcome(
        of proof: SecondProof, ticket: String, _ hash: [UInt8], _ known: FindTicket.Row,
        _ caller: InsertAuditEntry.Caller
    ) async throws -> Outcome {
        let deadline = Self.deadline
        let now = clock().microseconds / Instant.microsecondsPerSecond
        // Everybody with this ticket waits here for the one before him, so no try is spent twice.
        return try await pool.withTransaction(deadline: deadline) { transaction in
            let rows = try await transaction.query(TryTicket.statement(hash: hash), deadline: deadline)
            guard let row = rows.first else { return .over }
            switch proof {
            case .code(let code):
                let sentHash = try row.optional(0, as: PostgresBytes.self)?.bytes ?? []
                // A code that was sent is used up with its ticket.
                if ConstantTime.areEqual(sentHash, MessageCodes.hash(of: code, for: ticket)) { break }
                let factors = try await ListSecondFactors.read(
                    transaction.query(ListSecondFactors.statement(known.user), deadline: deadline))
                guard let application = factors.first(where: { $0.method == .totp }) else { return .wrong }
                let seed = try secondFactors.open(application.sealedSecret, known.user, .totp)
                guard let step = TimeBasedCode(seed: seed).step(of: code, at: now),
                    try await transaction.execute(UseTimeStep.statement(step, of: known.user), deadline: deadline) == 1
                else { return .wrong }
            case .recoveryCode(let typed):
                guard let code = RecoveryCode(typed: typed),
                    try await transaction.execute(
                        UseRecoveryCode.statement(code, of: known.user), deadline: deadline) == 1
                else { return .wrong }
                try await transaction.execute(
                    InsertAuditEntry.statement(
                        user: known.user, tenant: known.tenant, action: "recovery_code.used",
                        object: "user:\(known.user)", from: caller),
                    deadline: deadline)
            }
            try await transaction.execute(UseTicket.statement(hash: hash), deadline: deadline)
            return .right
        }
    }
}
