import IPC
import PostgresClient
import Shared

/// Changes master data: each change is one transaction that no other change overlaps, judged by what is stored at that
/// moment and not by what is at hand.
struct MasterDataChange {
    let models: PlantModelStore
    let pool: PostgresPool
    let principal: Principal
    let tenantZone: TimeZoneRules
    let zones: TimeZoneDatabase
    let now: Instant
    let deadline: ContinuousClock.Instant

    /// Stores a new object.
    ///
    /// - Throws: `invalid` with every fault of the body at once, `alreadyExists` for a code that is taken.
    func create(_ resource: MasterDataResource, _ body: [UInt8]) async throws -> (id: Int64, object: [UInt8]) {
        try await create(resource, resource.stored, body)
    }

    private func create<Body: StoredMasterData>(
        _ resource: MasterDataResource,
        _ type: Body.Type,
        _ bytes: [UInt8]
    ) async throws -> (id: Int64, object: [UInt8]) {
        try await change { transaction, context in
            let body = try read(type, bytes, context)
            let id = try await body.insert(transaction, context)
            return (id, try await object(resource, id, transaction))
        }
    }

    /// Replaces an object.
    ///
    /// - Throws: `notFound`, `preconditionFailed`, `forbidden` for what is a matter of other plants too, and those of
    ///   `create`; in this order.
    func replace(
        _ resource: MasterDataResource,
        _ id: Int64,
        _ precondition: Precondition,
        _ body: [UInt8]
    ) async throws -> [UInt8] {
        try await replace(resource, resource.stored, id, precondition, body)
    }

    private func replace<Body: StoredMasterData>(
        _ resource: MasterDataResource,
        _ type: Body.Type,
        _ id: Int64,
        _ precondition: Precondition,
        _ bytes: [UInt8]
    ) async throws -> [UInt8] {
        try await change { transaction, context in
            try demand(resource, id, precondition, context)
            let body = try read(type, bytes, context, replaced: id)
            try await body.replace(id, transaction, context)
            return try await object(resource, id, transaction)
        }
    }

    /// Takes an object away, or deactivates what history refers to.
    ///
    /// - Returns: the object when it was deactivated; nil when it is gone.
    /// - Throws: as `replace`.
    func delete(
        _ resource: MasterDataResource,
        _ id: Int64,
        _ precondition: Precondition
    ) async throws -> [UInt8]? {
        try await change { transaction, context in
            try demand(resource, id, precondition, context)
            let removal = MasterDataRemoval(context: context)
            if try await removal.remove(resource, id, transaction) == .deleted { return nil }
            return try await object(resource, id, transaction)
        }
    }

    /// What is wrong with a body that is wrong in itself, with everything the plant's data shows beside it.
    ///
    /// - Throws: always; `invalid` for a body that is wrong at all.
    func check(_ resource: MasterDataResource, _ body: [UInt8]) async throws {
        let context = context(try await models.model(deadline: deadline))
        try check(resource.stored, body, context)
    }

    private func check<Body: StoredMasterData>(
        _ type: Body.Type,
        _ bytes: [UInt8],
        _ context: MasterDataContext
    ) throws {
        _ = try read(type, bytes, context)
    }

    /// Sets a key.
    ///
    /// - Throws: `preconditionFailed`, `forbidden` for somebody limited to some plants.
    func set(_ key: SettingKey, _ value: Int64, _ precondition: Precondition) async throws -> [UInt8] {
        try await change { transaction, context in
            let encoder = MasterDataJSON(now: now)
            let before = encoder.object(key, context.model.setting(key))
            guard precondition.holds(for: EntityTag.of(before)) else { throw Fault(code: .preconditionFailed) }
            guard principal.plants == nil else { throw Fault(code: .forbidden) }
            try await transaction.execute(PutSetting.statement(key, value), deadline: deadline)
            return encoder.object(key, value)
        }
    }

    // MARK: Stages

    func change<Result>(
        _ body: (borrowing PostgresTransaction, MasterDataContext) async throws -> Result
    ) async throws -> Result {
        do {
            return try await pool.withTransaction(deadline: deadline) { transaction in
                try await transaction.execute(LockMasterData.statement, deadline: deadline)
                return try await body(transaction, context(models.read(transaction, deadline: deadline)))
            }
        } catch PostgresError.server(let error) where error.sqlState == .foreignKeyViolation {
            // Another program took away what the body names, or named what was to go.
            throw Fault(code: .conflict)
        } catch PostgresError.server(let error) where error.sqlState == ArchivedDetail.sqlState {
            // What is changed would need rows that are archived; the database names the column, which is the field.
            throw ArchivedDetail.fault(error.column ?? "valid_from")
        }
    }

    func context(_ model: PlantModel) -> MasterDataContext {
        MasterDataContext(
            model: model,
            principal: principal,
            tenantZone: tenantZone,
            zones: zones,
            now: now,
            deadline: deadline
        )
    }

    /// The object must be there, as the client knows it, and his to change.
    func demand(
        _ resource: MasterDataResource,
        _ id: Int64,
        _ precondition: Precondition,
        _ context: MasterDataContext
    ) throws(Fault) {
        guard let present = context.object(resource, id) else { throw Fault(code: .notFound) }
        guard precondition.holds(for: EntityTag.of(present)) else { throw Fault(code: .preconditionFailed) }
        guard !context.model.reachesBeyond(principal, resource, id) else { throw Fault(code: .forbidden) }
    }

    /// The body, with nothing wrong and no code that is taken.
    func read<Body: StoredMasterData>(
        _ type: Body.Type,
        _ bytes: [UInt8],
        _ context: MasterDataContext,
        replaced: Int64? = nil
    ) throws(Fault) -> Body {
        var fields = try JSONFields(body: bytes)
        let body = Body(&fields)
        var rules = MasterDataRules(context: context, replaced: replaced, fields: fields)
        body.judge(&rules)
        try rules.fields.finish()
        if let field = body.takenField(context, except: replaced) {
            throw Fault(
                code: .alreadyExists, parameters: [ParameterFault(parameter: field, code: .alreadyExists)])
        }
        return body
    }

    /// The object as it is after the change.
    private func object(
        _ resource: MasterDataResource,
        _ id: Int64,
        _ transaction: borrowing PostgresTransaction
    ) async throws -> [UInt8] {
        let after = context(try await models.read(transaction, deadline: deadline))
        guard let object = after.object(resource, id) else { throw Fault(code: .internal) }
        return object
    }
}
