import ManufacturingKPI
import Shared

/// The lines a question is about and the period of each, after the rules that need the plant's data.
struct AnalysisScope {
    struct Entry {
        var line: ProductionLine
        var plant: Plant
        var period: Period
    }

    var entries: [Entry]
    /// The period when it is the same for all lines.
    var commonPeriod: (period: Period, zone: TimeZoneRules)?

    /// - Parameters:
    ///   - limit: the longest period that may be asked for.
    /// - Throws: `invalid` with every fault of the question at once.
    init(
        _ query: AnalysisQuery,
        principal: Principal,
        model: PlantModel,
        now: Instant,
        limit: PeriodLimit = .longest,
        names: ParameterNames = .query
    ) throws {
        var faults: [ParameterFault] = []
        let visible = model.lines(visibleTo: principal)
        var chosen: [ProductionLine]
        switch query.lines {
        case .all:
            chosen = visible
        case .some(let ids):
            chosen = []
            for id in ids {
                if let line = visible.first(where: { $0.id == id }) { chosen.append(line) }
            }
            // What a screen was made for it goes on to show when one of its lines is gone.
            if chosen.count < ids.count, !principal.isDevice {
                faults.append(ParameterFault(parameter: names.line, code: .unknownLine))
            }
        case .group(let id):
            // Lines that the principal may not see are none of the group's.
            let group = Set(model.lineGroups.first { $0.id == id }?.lines ?? [])
            chosen = visible.filter { group.contains($0.id) }
            if chosen.isEmpty { faults.append(ParameterFault(parameter: names.line, code: .unknownLine)) }
        }
        if let plant = query.plant {
            let isVisible = principal.plants.map { $0.contains(plant) } ?? true
            if model.plant(plant) == nil || !isVisible {
                faults.append(ParameterFault(parameter: "plant_id", code: .unknownID))
            }
            chosen = chosen.filter { $0.plant == plant }
        }
        if let shift = query.shift, !model.visible(to: principal).shifts.contains(where: { $0.id == shift }) {
            faults.append(ParameterFault(parameter: "shift_id", code: .unknownID))
        }
        var entries: [Entry] = []
        if chosen.isEmpty {
            // Without a line there is no zone of its own to judge the period in, but its faults are told all the same.
            let zone = model.plants.first?.zone ?? .utc
            faults += Self.periodFault(query.period, in: zone, limit, names).map { [$0] } ?? []
        }
        for line in chosen {
            guard let plant = model.plant(of: line) else { continue }
            if let fault = Self.periodFault(query.period, in: plant.zone, limit, names) {
                faults.append(fault)
                break
            }
            guard let period = try? query.period.resolved(in: plant.zone) else { continue }
            if query.lines == .all, !line.isCommissioned(in: period.interval) { continue }
            entries.append(Entry(line: line, plant: plant, period: period))
        }
        if !faults.isEmpty { throw Fault.invalid(faults) }
        self.entries = entries
        if let first = entries.first,
            query.period.isSameInAllZones || entries.allSatisfy({ $0.plant.zone.name == first.plant.zone.name })
        {
            commonPeriod = (first.period, first.plant.zone)
        }
    }

    private static func periodFault(
        _ request: PeriodRequest,
        in zone: TimeZoneRules,
        _ limit: PeriodLimit,
        _ names: ParameterNames
    ) -> ParameterFault? {
        guard let period = try? request.resolved(in: zone) else {
            return ParameterFault(parameter: names.end, code: .endsBeforeStart)
        }
        guard limit.allows(period.interval, in: zone) else {
            return ParameterFault(parameter: names.end, code: .periodTooLong, limit: limit.text)
        }
        return nil
    }

    /// What the parameters are called where the question came from.
    enum ParameterNames {
        case query
        case comparison
        case dashboard

        var line: String { "line_id" }

        var start: String {
            switch self {
            case .query: "from"
            case .comparison: "compare_from"
            case .dashboard: "daterange.start_date"
            }
        }

        var end: String {
            switch self {
            case .query: "to"
            case .comparison: "compare_to"
            case .dashboard: "daterange.end_date"
            }
        }

        var threshold: String {
            switch self {
            case .query, .comparison: "threshold_seconds"
            case .dashboard: "downtime_threshold"
            }
        }
    }
}

extension ProductionLine {
    /// Whether it was in commission at some time of a period.
    func isCommissioned(in period: Interval) -> Bool {
        (commissionedAt.map { $0 < period.end } ?? true) && (decommissionedAt.map { $0 > period.start } ?? true)
    }
}

extension JSONWriter {
    /// The member `period` of an answer; null times where every line has its own.
    mutating func period(_ common: (period: Period, zone: TimeZoneRules)?) {
        key("period")
        object { json in
            json.field("from", common?.period.interval.start)
            json.field("to", common?.period.interval.end)
            json.field("timezone", common?.zone.name)
        }
    }
}
