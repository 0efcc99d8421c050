import Shared

/// What a change of master data is judged by: the plants as they are now, and who changes them.
struct MasterDataContext: Sendable {
    /// Everything there is.
    let model: PlantModel
    /// What the principal knows of it.
    let view: PlantModel
    let principal: Principal
    let tenantZone: TimeZoneRules
    let zones: TimeZoneDatabase
    let now: Instant
    let deadline: ContinuousClock.Instant

    init(
        model: PlantModel,
        principal: Principal,
        tenantZone: TimeZoneRules,
        zones: TimeZoneDatabase,
        now: Instant,
        deadline: ContinuousClock.Instant
    ) {
        self.model = model
        self.view = model.visible(to: principal)
        self.principal = principal
        self.tenantZone = tenantZone
        self.zones = zones
        self.now = now
        self.deadline = deadline
    }

    /// The instant a version starts: a local date is its 00:00 in the plant's zone, in the tenant's where there is no
    /// plant.
    func instant(_ validFrom: ValidFrom?, in plant: PlantID?) -> Instant? {
        switch validFrom {
        case .instant(let instant): instant
        case .date(let date): (plant.flatMap { model.plant($0)?.zone } ?? tenantZone).start(of: date)
        case nil: nil
        }
    }

    /// The JSON of an object as the principal sees it; nil when there is none.
    func object(_ resource: MasterDataResource, _ id: Int64) -> [UInt8]? {
        view.object(resource, id, MasterDataJSON(now: now))
    }
}

/// Notes what is wrong with a body given the plant's data, beside what is wrong with it in itself.
struct MasterDataRules {
    let context: MasterDataContext
    /// The number of the object that is replaced; nil for a new one.
    let replaced: Int64?
    /// The fields the body was read from.
    var fields: JSONFields

    /// The plant with a number given in a field, which must be one the principal sees.
    @discardableResult
    mutating func plant(_ id: PlantID?, _ name: String) -> Plant? {
        guard let id, !fields.hasFault(name) else { return nil }
        let plant = context.view.plant(id)
        if plant == nil { fields.fault(name, .unknownID) }
        return plant
    }

    /// The line with a number given in a field, which must be one the principal sees.
    @discardableResult
    mutating func line(_ id: LineID?, _ name: String) -> ProductionLine? {
        guard let id, !fields.hasFault(name) else { return nil }
        let line = context.view.line(id)
        if line == nil { fields.fault(name, .unknownID) }
        return line
    }

    /// The lines of a list, each of which the principal must see and, where a plant is given, be one of it.
    mutating func lines(_ name: String, of plant: Plant? = nil) {
        // As it was sent: of a list with faults the body holds only the rest.
        guard case .array(let values) = fields.value(name) else { return }
        for (index, value) in values.enumerated() {
            guard case .integer(let number) = value, !fields.hasFault("\(name)[\(index)]") else { continue }
            let line = context.view.line(LineID(number))
            if line == nil || (plant != nil && line?.plant != plant?.id) {
                fields.fault("\(name)[\(index)]", .unknownID)
            }
        }
    }
}
