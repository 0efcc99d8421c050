import ManufacturingKPI
import Shared

/// Everything the tenant's plants are described by, as it was at one moment. Never changed: a change makes a new one.
struct PlantModel: Sendable {
    var plants: [Plant]
    var lines: [ProductionLine]
    var areas: [Area]
    var products: [Product]
    var idealRates: [IdealRate]
    var shifts: [Shift]
    var exceptions: [Exception]
    var failures: [Failure]
    var incidents: [Incident]
    var lineGroups: [LineGroup]
    /// Of roles whose dashboard is not arranged as the standard is.
    var layouts: [RoleLayout]
    /// What the tenant has set; `setting` gives what holds.
    var settings: [SettingKey: Int64]

    private let plantIndex: [PlantID: Int]
    private let lineIndex: [LineID: Int]
    private let areaIndex: [AreaID: Int]
    private let productIndex: [ProductID: Int]
    /// Of each product, in their order, grams per unit; without a weight it weighs nothing.
    private let weights: [EffectiveDated<Int64>]
    /// Of each line, the products that have a rate of their own there; 0 where the line's rate holds.
    private let rates: [LineID: [ProductID: EffectiveDated<Double>]]

    init(
        plants: [Plant],
        lines: [ProductionLine],
        areas: [Area],
        products: [Product],
        idealRates: [IdealRate],
        shifts: [Shift],
        exceptions: [Exception],
        failures: [Failure],
        incidents: [Incident],
        lineGroups: [LineGroup],
        layouts: [RoleLayout],
        settings: [SettingKey: Int64]
    ) {
        self.plants = plants
        self.lines = lines
        self.areas = areas
        self.products = products
        self.idealRates = idealRates
        self.shifts = shifts
        self.exceptions = exceptions
        self.failures = failures
        self.incidents = incidents
        self.lineGroups = lineGroups
        self.layouts = layouts
        self.settings = settings
        plantIndex = Self.index(plants.map(\.id))
        lineIndex = Self.index(lines.map(\.id))
        areaIndex = Self.index(areas.map(\.id))
        productIndex = Self.index(products.map(\.id))
        weights = products.map { product in
            EffectiveDated(product.versions.map { (validFrom: $0.validFrom, value: $0.weightGrams ?? 0) })
        }
        var rates: [LineID: [ProductID: EffectiveDated<Double>]] = [:]
        for rate in idealRates {
            rates[rate.line, default: [:]][rate.product] = EffectiveDated(
                rate.versions.map { (validFrom: $0.validFrom, value: $0.isActive ? $0.ratePerMinute : 0) })
        }
        self.rates = rates
    }

    private static func index<ID: Hashable>(_ ids: [ID]) -> [ID: Int] {
        Dictionary(uniqueKeysWithValues: zip(ids, ids.indices))
    }

    func plant(_ id: PlantID) -> Plant? { plantIndex[id].map { plants[$0] } }
    func line(_ id: LineID) -> ProductionLine? { lineIndex[id].map { lines[$0] } }
    func area(_ id: AreaID) -> Area? { areaIndex[id].map { areas[$0] } }
    func product(_ id: ProductID) -> Product? { productIndex[id].map { products[$0] } }

    func setting(_ key: SettingKey) -> Int64 { settings[key] ?? key.standard }

    /// What every product weighs and how fast the line ideally makes it.
    func terms(of line: LineID) -> [ProductTerms] {
        let rates = rates[line] ?? [:]
        return zip(products, weights).map { product, weight in
            ProductTerms(product: product.id, weight: weight, idealRate: rates[product.id] ?? EffectiveDated([]))
        }
    }

    /// The areas of a line in their order along it.
    func areas(of line: LineID) -> [Area] {
        areas.filter { $0.line == line }.sorted { ($0.order, $0.id) < ($1.order, $1.id) }
    }

    /// The line's plant; every line has one.
    func plant(of line: ProductionLine) -> Plant? { plant(line.plant) }

    /// The lines a principal may see, in the order of their ids.
    func lines(visibleTo principal: Principal) -> [ProductionLine] {
        guard let plants = principal.plants else { return lines }
        return lines.filter { plants.contains($0.plant) }
    }

    /// The plants a principal may see, in the order of their ids.
    func plants(visibleTo principal: Principal) -> [Plant] {
        guard let visible = principal.plants else { return plants }
        return plants.filter { visible.contains($0.id) }
    }
}

/// A site of the tenant.
struct Plant: Sendable {
    var id: PlantID
    var code: String
    var name: String
    var zone: TimeZoneRules
    var language: LanguageCode?
    var isActive: Bool
}

/// A production line with its versions.
struct ProductionLine: Sendable {
    struct Version: Sendable, DatedVersion {
        var validFrom: Instant?
        var ratePerMinute: Double?
        var thresholdSeconds: Int64
        var microStopSeconds: Int64?
        var targetOEE: Double?
    }

    var id: LineID
    var plant: PlantID
    var code: String
    var name: String
    var autoDetectsDowntime: Bool
    var commissionedAt: Instant?
    var decommissionedAt: Instant?
    var isActive: Bool
    var heartbeatTimeoutSeconds: Int64?
    var createdAt: Instant
    /// Ascending by `validFrom`; at least one.
    var versions: [Version]

    /// The version that holds at an instant; before the first one, the first.
    func version(at instant: Instant) -> Version {
        versions[versions.index(validAt: instant)]
    }

    /// As typed, or 00:00 of the day of the line's first detection or of its creation, whichever is earlier.
    func commissionedAt(firstDetection: Instant?, in zone: TimeZoneRules) -> Instant {
        if let commissionedAt { return commissionedAt }
        return zone.start(of: zone.date(of: min(createdAt, firstDetection ?? createdAt)))
    }
}

extension Instant {
    /// Earlier than anything that happens.
    static let distantPast = Instant(microseconds: .min / 4)
    /// Later than anything that happens.
    static let distantFuture = Instant(microseconds: .max / 4)
}

/// A zone of a line that a camera watches.
struct Area: Sendable {
    var id: AreaID
    var line: LineID
    var name: String
    var type: AreaType
    var order: Int64
    var coordinates: AreaBody.Coordinates?
    var isActive: Bool
}

/// Something a line makes.
struct Product: Sendable {
    struct Version: Sendable, DatedVersion {
        var validFrom: Instant?
        /// Grams per unit.
        var weightGrams: Int64?
    }

    var id: ProductID
    var code: String
    var name: String
    var color: String?
    var unitsPerBatch: Int64?
    var isActive: Bool
    /// Ascending by `validFrom`; at least one.
    var versions: [Version]
}

/// A product's own rate on a line.
struct IdealRate: Sendable {
    struct Version: Sendable, DatedVersion {
        var validFrom: Instant?
        /// Units per minute; 0 means that it is unknown.
        var ratePerMinute: Double
        /// False: the line's own rate holds.
        var isActive: Bool
    }

    var id: Int64
    var line: LineID
    var product: ProductID
    var versions: [Version]
}

/// A shift with the names of its versions; `definition` holds what the figures need of it.
struct Shift: Sendable {
    var id: ShiftID
    /// Of each version, in the order of `definition.versions`.
    var names: [String]
    var definition: ShiftDefinition

    /// The name of the version that holds at an instant.
    func name(at instant: Instant) -> String {
        names[definition.versions.index(validAt: instant)]
    }
}

/// A closure or extra time of a plant or of one of its lines.
struct Exception: Sendable {
    var id: Int64
    var calendar: CalendarException
}

/// A class of causes of stops.
struct Failure: Sendable {
    var id: FailureID
    var code: String
    var name: String
    var category: LossCategory
    /// Nil: every line.
    var lines: [LineID]?
    var description: String?
    var isActive: Bool
}

/// One coded cause inside a failure.
struct Incident: Sendable {
    var id: IncidentID
    var failure: FailureID
    var code: String
    var name: String
    var description: String?
    var solution: String?
    var isActive: Bool
}

/// Lines that are asked for together.
struct LineGroup: Sendable {
    var id: LineGroupID
    var name: String
    var lines: [LineID]
}

/// How the dashboard of a role is arranged.
struct RoleLayout: Sendable {
    var role: Role
    var layout: DashboardLayout
}
