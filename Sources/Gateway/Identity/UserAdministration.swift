import IPC
import Identity
import PostgresClient
import Shared

/// What an ADMIN does with the people of his tenant. Names, password and state are the person's own everywhere; role,
/// permissions and plants are those of his membership here.
///
/// Every change is one transaction with its entry in the audit log, and is done under the rights the ADMIN has by then:
/// whoever changes a person, or takes away an ADMIN, takes turns with others who do.
struct UserAdministration: Sendable {
    /// Who changes.
    struct Actor: Sendable {
        var user: UserID
        var role: Role
        var tenant: TenantID
        /// The plants he is limited to. People with others are as if they did not exist.
        var plants: [PlantID]?
        var caller: InsertAuditEntry.Caller
    }

    let pool: PostgresPool
    let passwords: PasswordChecks

    private static var deadline: ContinuousClock.Instant { .now + .seconds(10) }

    // MARK: Reading

    /// - Parameter search: part of a name or an e-mail.
    func list(_ actor: Actor, search: FoldedName?, after: Int64, limit: Int) async throws -> [ListMembers.Row] {
        try await databaseFaults {
            try await ListMembers.read(
                pool.query(
                    ListMembers.statement(
                        actor.tenant, within: actor.plants, search: search, after: after, limit: limit),
                    deadline: Self.deadline))
        }
    }

    /// - Throws: `notFound`.
    func read(_ user: UserID, _ actor: Actor) async throws -> ListMembers.Row {
        try await databaseFaults {
            let rows = try await pool.query(
                ReadMember.statement(user, of: actor.tenant, within: actor.plants), deadline: Self.deadline)
            guard let member = try ListMembers.read(rows).first else { throw Fault(code: .notFound) }
            return member
        }
    }

    /// What a password must not be made of here.
    func wellKnownWords(_ actor: Actor) async throws -> [String] {
        try await databaseFaults {
            try await ReadTenantName.read(pool.query(ReadTenantName.statement(actor.tenant), deadline: Self.deadline))
        }
    }

    // MARK: Rights

    /// Whether the role and plants of a body are the actor's to give.
    ///
    /// - Throws: `forbidden` for a role above his own, for SUPER_ADMIN, which is given by the operations CLI alone, and for
    ///   every plant from somebody who is limited to some.
    func checkGrant(_ body: UserBody, _ actor: Actor) throws(Fault) {
        let isAbove = body.role == .superAdmin || body.role.isAbove(actor.role)
        let isWider = actor.plants != nil && body.plants == nil
        if isAbove || isWider { throw Fault(code: .forbidden) }
    }

    /// The actor's rights as they are now, or he has none.
    private func confirm(_ actor: Actor, _ transaction: borrowing PostgresTransaction) async throws {
        let rows = try await transaction.query(
            ReadRights.statement(actor.user, in: actor.tenant), deadline: Self.deadline)
        guard let rights = try ReadRights.read(rows), rights.role == actor.role, rights.plants == actor.plants else {
            throw Fault(code: .unauthorized)
        }
    }

    // MARK: Changes

    /// - Parameter password: the one of the body.
    /// - Throws: `usernameTaken`.
    func create(_ body: UserBody, password: String, _ actor: Actor) async throws -> ListMembers.Row {
        let hash = try await passwords.hash(password)
        return try await changing { transaction in
            try await confirm(actor, transaction)
            let id: Int64 = try await transaction.query(
                InsertUser.statement(
                    username: body.username, email: body.email, password: hash, isActive: body.isActive ?? true),
                deadline: Self.deadline
            ).value(0, 0)
            let user = UserID(id)
            try await transaction.execute(
                InsertMembership.statement(
                    user, in: actor.tenant, role: body.role, permissions: body.permissions ?? [], plants: body.plants),
                deadline: Self.deadline)
            try await record("user.created", user, actor, transaction)
            return try await member(user, actor, transaction)
        }
    }

    /// - Throws: `notFound`, `preconditionFailed`, `forbidden` for somebody above the actor and for what is a person's own
    ///   who belongs to other tenants too, `reauthRequired` for the actor's own password, `lastAdmin`, `usernameTaken`.
    func replace(
        _ user: UserID, _ body: UserBody, if precondition: Precondition, _ actor: Actor
    ) async throws -> ListMembers.Row {
        // His own he changes with the present one, so that whoever finds a session open cannot take the account over.
        if body.password != nil, user == actor.user { throw Fault(code: .reauthRequired) }
        let hash: PasswordHash?
        if let password = body.password { hash = try await passwords.hash(password) } else { hash = nil }
        return try await changing { transaction in
            let old = try await hold(user, if: precondition, actor, transaction)
            let isActive = body.isActive ?? old.isActive
            let isRenamed = body.username != old.username || body.email != old.email
            if isRenamed || isActive != old.isActive || hash != nil, old.hasOtherMemberships,
                actor.role != .superAdmin
            {
                throw Fault(code: .forbidden)
            }
            if old.role == .admin, old.isActive, body.role != .admin || !isActive {
                try await keepAnAdmin(without: user, everywhere: !isActive, actor, transaction)
            }
            try await transaction.execute(
                UpdateMembership.statement(
                    user, in: actor.tenant, role: body.role,
                    permissions: body.permissions ?? Permission.allCases.filter(old.permissions.contains),
                    plants: body.plants),
                deadline: Self.deadline)
            if isRenamed || isActive != old.isActive {
                try await transaction.execute(
                    UpdateUser.statement(user, username: body.username, email: body.email, isActive: isActive),
                    deadline: Self.deadline)
            }
            try await record("user.updated", user, actor, transaction)
            if let hash {
                try await transaction.execute(
                    ReplacePassword.statement(user, hash, insteadOf: nil), deadline: Self.deadline)
                try await transaction.execute(
                    EndSessionsOfUser.statement(user, reason: "password_changed"), deadline: Self.deadline)
                try await record("user.password_changed", user, actor, transaction)
            }
            if isActive != old.isActive {
                if !isActive {
                    try await transaction.execute(
                        EndSessionsOfUser.statement(user, reason: "user_disabled"), deadline: Self.deadline)
                }
                try await record(isActive ? "user.enabled" : "user.disabled", user, actor, transaction)
            }
            return try await member(user, actor, transaction)
        }
    }

    /// Takes a person out of the tenant; he stays elsewhere.
    ///
    /// - Throws: `notFound`, `preconditionFailed`, `forbidden` for somebody above the actor, `lastAdmin`.
    func remove(_ user: UserID, if precondition: Precondition, _ actor: Actor) async throws {
        try await changing { transaction in
            let old = try await hold(user, if: precondition, actor, transaction)
            if old.role == .admin, old.isActive {
                try await keepAnAdmin(without: user, everywhere: false, actor, transaction)
            }
            try await transaction.execute(
                DeleteMembership.statement(user, in: actor.tenant), deadline: Self.deadline)
            try await transaction.execute(
                EndSessionsOfUser.statement(user, in: actor.tenant, reason: "membership_changed"),
                deadline: Self.deadline)
            try await record("user.removed", user, actor, transaction)
        }
    }

    // MARK: Parts

    private func changing<Answer: Sendable>(
        _ body: (borrowing PostgresTransaction) async throws -> Answer
    ) async throws -> Answer {
        do {
            return try await databaseFaults {
                do {
                    return try await pool.withTransaction(deadline: Self.deadline, body)
                } catch PostgresError.server(let error) where error.sqlState == .uniqueViolation {
                    let isEmail = error.constraint == "app_user_email_folded_key"
                    throw Fault(
                        code: .usernameTaken,
                        parameters: [
                            ParameterFault(parameter: isEmail ? "email" : "username", code: .alreadyExists)
                        ])
                }
            }
        }
    }

    /// A person, held until the transaction ends, when he is as If-Match asks for and not above the actor.
    private func hold(
        _ user: UserID, if precondition: Precondition, _ actor: Actor, _ transaction: borrowing PostgresTransaction
    ) async throws -> ListMembers.Row {
        // Nobody else's people are held, not even for a moment.
        _ = try await member(user, actor, transaction)
        try await transaction.execute(HoldUser.statement(user), deadline: Self.deadline)
        try await transaction.execute(HoldAdmins.statement(ofTenantsOf: user), deadline: Self.deadline)
        try await confirm(actor, transaction)
        let member = try await member(user, actor, transaction)
        guard precondition.holds(for: member.entityTag) else { throw Fault(code: .preconditionFailed) }
        if (member.isSuperAdmin ? Role.superAdmin : member.role).isAbove(actor.role) { throw Fault(code: .forbidden) }
        return member
    }

    private func member(
        _ user: UserID, _ actor: Actor, _ transaction: borrowing PostgresTransaction
    ) async throws -> ListMembers.Row {
        let rows = try await transaction.query(
            ReadMember.statement(user, of: actor.tenant, within: actor.plants), deadline: Self.deadline)
        guard let member = try ListMembers.read(rows).first else { throw Fault(code: .notFound) }
        return member
    }

    /// - Parameter everywhere: whether he is to be ADMIN in none of his tenants any more, or only not in this one.
    /// - Throws: `lastAdmin` when a tenant would be left without one who may sign in.
    private func keepAnAdmin(
        without user: UserID, everywhere: Bool, _ actor: Actor, _ transaction: borrowing PostgresTransaction
    ) async throws {
        let rows = try await transaction.query(ListTenantsOfLastAdmin.statement(user), deadline: Self.deadline)
        let tenants = try rows.column(0, as: Int64.self)
        if everywhere ? !tenants.isEmpty : tenants.contains(actor.tenant.rawValue) { throw Fault(code: .lastAdmin) }
    }

    private func record(
        _ action: String, _ user: UserID, _ actor: Actor, _ transaction: borrowing PostgresTransaction
    ) async throws {
        try await transaction.execute(
            InsertAuditEntry.statement(
                user: actor.user, tenant: actor.tenant, action: action, object: "user:\(user)", from: actor.caller),
            deadline: Self.deadline)
    }
}
