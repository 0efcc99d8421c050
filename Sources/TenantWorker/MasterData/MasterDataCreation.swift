import PostgresClient
import Shared

/// Stores one new object of master data, after the rules that need the plant's data.
struct MasterDataCreation {
    let model: PlantModel
    let principal: Principal
    let tenantZone: TimeZoneRules
    let zones: TimeZoneDatabase
    let pool: PostgresPool
    let deadline: ContinuousClock.Instant

    /// - Returns: the number the object was given.
    /// - Throws: `invalid` with every fault of the body at once, `alreadyExists` for a code that is taken.
    func create(_ resource: MasterDataResource, _ bytes: [UInt8]) async throws -> Int64 {
        switch resource {
        case .plants: try await create(PlantBody.read(bytes))
        case .productionLines: try await create(LineBody.read(bytes))
        case .areas: try await create(AreaBody.read(bytes))
        case .products: try await create(ProductBody.read(bytes))
        case .idealRates: try await create(IdealRateBody.read(bytes))
        case .shifts: try await create(ShiftBody.read(bytes))
        case .calendarExceptions: try await create(CalendarExceptionBody.read(bytes))
        case .failures: try await create(FailureBody.read(bytes))
        case .incidents: try await create(IncidentBody.read(bytes))
        }
    }

    private func create(_ body: PlantBody) async throws -> Int64 {
        guard principal.plants == nil else { throw Fault(code: .forbidden) }
        guard (try? zones.rules(named: body.timeZone)) != nil else {
            throw Fault.invalid("timezone", .invalidZone)
        }
        return try await insert { transaction in
            try await transaction.query(InsertPlant.statement(body), deadline: deadline).value(0, 0)
        }
    }

    private func create(_ body: LineBody) async throws -> Int64 {
        let plant = try plant(body.plant, "plant_id")
        let validFrom = instant(body.validFrom, plant.zone)
        return try await insert { transaction in
            let id: Int64 = try await transaction.query(InsertLine.statement(body), deadline: deadline).value(0, 0)
            try await transaction.execute(
                InsertLine.versionStatement(LineID(id), body, validFrom: validFrom), deadline: deadline)
            return id
        }
    }

    private func create(_ body: AreaBody) async throws -> Int64 {
        try check(line: body.line)
        return try await insert { transaction in
            try await transaction.query(InsertArea.statement(body), deadline: deadline).value(0, 0)
        }
    }

    private func create(_ body: ProductBody) async throws -> Int64 {
        let validFrom = instant(body.validFrom, tenantZone)
        return try await insert { transaction in
            let id: Int64 = try await transaction.query(InsertProduct.statement(body), deadline: deadline).value(0, 0)
            try await transaction.execute(
                InsertProduct.versionStatement(ProductID(id), body, validFrom: validFrom), deadline: deadline)
            return id
        }
    }

    private func create(_ body: IdealRateBody) async throws -> Int64 {
        var faults: [ParameterFault] = []
        let line = model.lines(visibleTo: principal).first { $0.id == body.line }
        if line == nil { faults.append(ParameterFault(parameter: "line_id", code: .unknownID)) }
        if model.product(body.product) == nil {
            faults.append(ParameterFault(parameter: "product_id", code: .unknownID))
        }
        if !faults.isEmpty { throw Fault.invalid(faults) }
        let zone = line.flatMap { model.plant(of: $0)?.zone } ?? tenantZone
        let validFrom = instant(body.validFrom, zone)
        return try await insert { transaction in
            let id: Int64 = try await transaction.query(InsertIdealRate.statement(body), deadline: deadline).value(0, 0)
            try await transaction.execute(
                InsertIdealRate.versionStatement(id, body, validFrom: validFrom), deadline: deadline)
            return id
        }
    }

    private func create(_ body: ShiftBody) async throws -> Int64 {
        var faults: [ParameterFault] = []
        let visible = model.lines(visibleTo: principal)
        let plant = body.plant.flatMap { model.plant($0) }
        if body.plant != nil, plant == nil {
            faults.append(ParameterFault(parameter: "plant_id", code: .unknownID))
        }
        for (index, id) in (body.lines ?? []).enumerated() {
            let line = visible.first { $0.id == id }
            if line == nil || (plant != nil && line?.plant != plant?.id) {
                faults.append(ParameterFault(parameter: "line_ids[\(index)]", code: .unknownID))
            }
        }
        if principal.plants != nil, body.plant == nil {
            faults.append(ParameterFault(parameter: "plant_id", code: .required))
        }
        if let own = principal.plants, let given = body.plant, !own.contains(given) {
            faults.append(ParameterFault(parameter: "plant_id", code: .unknownID))
        }
        if !faults.isEmpty { throw Fault.invalid(faults) }
        let validFrom = instant(body.validFrom, plant?.zone ?? tenantZone)
        return try await insert { transaction in
            let id: Int64 = try await transaction.query(InsertShift.statement, deadline: deadline).value(0, 0)
            let version: Int32 = try await transaction.query(
                InsertShift.versionStatement(ShiftID(id), body, validFrom: validFrom), deadline: deadline
            ).value(0, 0)
            for (order, shiftBreak) in body.breaks.enumerated() {
                try await transaction.execute(
                    InsertShift.breakStatement(version, order: Int16(order), shiftBreak), deadline: deadline)
            }
            return id
        }
    }

    private func create(_ body: CalendarExceptionBody) async throws -> Int64 {
        let plant = try plant(body.plant, "plant_id")
        if let line = body.line, model.line(line)?.plant != plant.id {
            throw Fault.invalid("line_id", .unknownID)
        }
        return try await insert { transaction in
            try await transaction.query(InsertCalendarException.statement(body), deadline: deadline).value(0, 0)
        }
    }

    private func create(_ body: FailureBody) async throws -> Int64 {
        var faults: [ParameterFault] = []
        for (index, id) in (body.lines ?? []).enumerated()
        where !model.lines(visibleTo: principal).contains(where: { $0.id == id }) {
            faults.append(ParameterFault(parameter: "line_ids[\(index)]", code: .unknownID))
        }
        if !faults.isEmpty { throw Fault.invalid(faults) }
        return try await insert { transaction in
            try await transaction.query(InsertFailure.statement(body), deadline: deadline).value(0, 0)
        }
    }

    private func create(_ body: IncidentBody) async throws -> Int64 {
        guard model.failures.contains(where: { $0.id == body.failure }) else {
            throw Fault.invalid("failure_id", .unknownID)
        }
        return try await insert { transaction in
            try await transaction.query(InsertIncident.statement(body), deadline: deadline).value(0, 0)
        }
    }

    private func insert(
        _ body: (borrowing PostgresTransaction) async throws -> Int64
    ) async throws -> Int64 {
        try await pool.withTransaction(deadline: deadline, body)
    }

    private func plant(_ id: PlantID, _ parameter: String) throws(Fault) -> Plant {
        let isVisible = principal.plants.map { $0.contains(id) } ?? true
        guard isVisible, let plant = model.plant(id) else { throw .invalid(parameter, .unknownID) }
        return plant
    }

    private func check(line: LineID) throws(Fault) {
        guard model.lines(visibleTo: principal).contains(where: { $0.id == line }) else {
            throw .invalid("line_id", .unknownID)
        }
    }

    private func instant(_ validFrom: ValidFrom?, _ zone: TimeZoneRules) -> Instant? {
        switch validFrom {
        case .instant(let instant): instant
        case .date(let date): zone.start(of: date)
        case nil: nil
        }
    }
}
