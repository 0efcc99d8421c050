import Identity
import PostgresClient
import Shared

/// The people of a station: who has a PIN there, whose it is that is typed, and what he may do while his turn lasts.
struct StationPeople: Sendable {
    let pool: PostgresPool
    let passwords: PasswordChecks
    let turns: StationTurns

    private static var deadline: ContinuousClock.Instant { .now + .seconds(10) }

    // MARK: One's own PIN

    /// - Parameter pin: one that `StationPIN` has no fault with.
    /// - Throws: `forbidden` for whoever is no member here.
    func setPIN(_ pin: String, of owner: OwnAccount.Owner) async throws {
        let hash = try await passwords.hash(pin)
        try await databaseFaults {
            try await pool.withTransaction(deadline: Self.deadline) { transaction in
                let set = try await transaction.execute(
                    PutStationPIN.statement(owner.user, in: owner.tenant, hash), deadline: Self.deadline)
                if set == 0 { throw Fault(code: .forbidden) }
                try await transaction.execute(
                    InsertAuditEntry.statement(
                        user: owner.user, tenant: owner.tenant, action: "pin.set", object: "user:\(owner.user)",
                        from: owner.caller),
                    deadline: Self.deadline)
            }
        }
    }

    /// Takes a person's PIN away; does nothing where there is none.
    func removePIN(
        of user: UserID, in tenant: TenantID, by actor: UserID, from caller: InsertAuditEntry.Caller
    ) async throws {
        try await databaseFaults {
            try await pool.withTransaction(deadline: Self.deadline) { transaction in
                let removed = try await transaction.execute(
                    DeleteStationPIN.statement(user, in: tenant), deadline: Self.deadline)
                guard removed > 0 else { return }
                try await transaction.execute(
                    InsertAuditEntry.statement(
                        user: actor, tenant: tenant, action: "pin.removed", object: "user:\(user)", from: caller),
                    deadline: Self.deadline)
            }
        }
    }

    func hasPIN(_ user: UserID, in tenant: TenantID) async throws -> Bool {
        try await databaseFaults {
            try await !pool.query(ReadStationPIN.statement(user, in: tenant), deadline: Self.deadline).isEmpty
        }
    }

    // MARK: At a station

    /// Who can be picked at a station, by name.
    func all(at device: EnrolledDevice) async throws -> [ListStationPeople.Row] {
        try await databaseFaults {
            try await ListStationPeople.read(
                pool.query(ListStationPeople.statement(at: device, nil), deadline: Self.deadline))
        }
    }

    /// Begins the turn of whoever types his PIN.
    ///
    /// - Throws: `wrongPIN`, the same for whoever cannot be picked there; `tooManyAttempts` while his PIN is locked.
    func begin(
        _ user: UserID, pin: String, at device: EnrolledDevice, from caller: InsertAuditEntry.Caller
    ) async throws -> (ticket: String, person: ListStationPeople.Row) {
        // The station lists its people: the time that a hash takes would hide nothing.
        guard StationPIN.lengths.contains(pin.utf8.count), let person = try await person(user, at: device) else {
            throw Fault(code: .wrongPIN)
        }
        let place = try passwords.takePlace()
        // It counts before it is checked, so that nobody gets more tries by making them at once.
        let tried = try await databaseFaults {
            try await TryStationPIN.read(
                pool.query(TryStationPIN.statement(user, in: device.tenant), deadline: Self.deadline))
        }
        guard let hash = tried.hash else {
            throw Fault(code: .tooManyAttempts, retryAfterSeconds: max(1, tried.waitSeconds))
        }
        let isRight = try await passwords.check(pin, against: hash, in: place)
        return try await databaseFaults {
            guard isRight else {
                try await note("station.pin_refused", user, device, AuditRecord.anonymous, caller)
                throw Fault(code: .wrongPIN)
            }
            try await pool.execute(ForgiveStationPIN.statement(user, in: device.tenant), deadline: Self.deadline)
            try await note("station.turn_begun", user, device, AuditRecord.actor(user), caller)
            let turn = StationTurns.Turn(person: user, device: device.id, pinSetAt: person.pinSetAt)
            return (turns.begin(turn), person)
        }
    }

    /// Who a ticket stands for at a station, with the rights that he has by now.
    ///
    /// - Throws: `turnOver`.
    func identity(_ ticket: String?, at device: EnrolledDevice) async throws -> VerifiedIdentity {
        guard let ticket, let turn = turns.find(ticket, at: device.id),
            let person = try await person(turn.person, at: device), person.pinSetAt == turn.pinSetAt
        else { throw Fault(code: .turnOver) }
        return VerifiedIdentity(
            principal: Principal(
                kind: .user(person.id, person.role), tenant: device.tenant, permissions: [], plants: person.plants,
                language: device.language),
            proof: .stationTurn,
            device: device
        )
    }

    private func person(_ user: UserID, at device: EnrolledDevice) async throws -> ListStationPeople.Row? {
        try await databaseFaults {
            try await ListStationPeople.read(
                pool.query(ListStationPeople.statement(at: device, user), deadline: Self.deadline)
            ).first
        }
    }

    private func note(
        _ action: String, _ user: UserID, _ device: EnrolledDevice, _ actor: String, _ caller: InsertAuditEntry.Caller
    ) async throws {
        var json = JSONWriter()
        json.object { $0.field("user_id", user.rawValue) }
        try await pool.execute(
            InsertAuditEntry.statement(
                AuditRecord(
                    actor: actor, tenant: device.tenant, action: action, object: "device:\(device.id)",
                    detail: String(decoding: json.bytes, as: UTF8.self), from: caller)),
            deadline: Self.deadline)
    }
}

extension Services {
    var stationPeople: StationPeople {
        StationPeople(pool: pool, passwords: signIn.passwords, turns: stationTurns)
    }
}
