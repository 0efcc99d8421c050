import IPC
import ManufacturingKPI
import Shared

/// What may be chosen in a filter, as far as the principal sees it and the filters it depends on allow.
struct FilterOptions {
    /// One choice: the value a request carries, what people read, and what tells it from others.
    struct Item {
        enum Value {
            case id(Int64)
            case text(String)
        }

        let value: Value
        let label: String
        var code: String?
        var plant: PlantID?
        var line: LineID?
        var color: String?
        /// Nil where it makes no sense.
        var isActive: Bool?
        /// Of a group.
        var lines: [LineID]?
        /// Of an interval, the longest period.
        var longest: String?

        init(_ value: Value, _ label: String) {
            self.value = value
            self.label = label
        }

        func write(to json: inout JSONWriter) {
            json.key("value")
            switch value {
            case .id(let number): json.value(number)
            case .text(let text): json.value(text)
            }
            json.field("label", label)
            if let code { json.field("code", code) }
            if let plant { json.field("plant_id", plant.rawValue) }
            if let line { json.field("line_id", line.rawValue) }
            if let color { json.field("color", color) }
            if let isActive { json.field("is_active", isActive) }
            if let longest { json.field("longest_period", longest) }
            if let lines {
                json.key("line_ids")
                json.array { json in
                    for line in lines { json.value(line.rawValue) }
                }
            }
        }
    }

    let items: [Item]

    /// - Throws: `notFound` for a filter without options, `invalid` with every fault of the parameters at once.
    init(_ call: ListFilterOptions, _ principal: Principal, _ model: PlantModel, now: Instant) throws {
        guard call.filter.hasOptions else { throw Fault(code: .notFound) }
        let plants = model.plants(visibleTo: principal)
        var lines = model.lines(visibleTo: principal)
        var faults: [ParameterFault] = []
        if let plant = call.plant {
            if !plants.contains(where: { $0.id == plant }) {
                faults.append(ParameterFault(parameter: FilterKind.plant.parameter, code: .unknownID))
            }
            lines = lines.filter { $0.plant == plant }
        }
        var chosen: ProductionLine?
        if let line = call.line {
            chosen = lines.first { $0.id == line }
            if chosen == nil {
                faults.append(ParameterFault(parameter: FilterKind.productionLine.parameter, code: .unknownLine))
            }
        } else if call.filter == .area {
            faults.append(ParameterFault(parameter: FilterKind.productionLine.parameter, code: .required))
        }
        guard faults.isEmpty else { throw Fault.invalid(faults) }
        switch call.filter {
        case .plant: items = plants.map(Self.plant)
        case .productionLine: items = Self.lines(lines, model)
        case .area: items = Self.areas(of: chosen, model)
        case .shift:
            let seen = chosen.map { [$0] } ?? lines
            items = model.visible(to: principal).shifts.filter { shift in
                seen.contains { shift.definition.applies(to: $0.id, of: $0.plant) }
            }.map { Self.shift($0, now: now) }
        case .product: items = model.products.map(Self.product)
        case .interval:
            items = BucketSize.allCases.map { size in
                var item = Item(.text(size.rawValue), size.rawValue)
                item.longest = size.limit.text
                return item
            }
        case .curveType: items = CurveType.allCases.map { Item(.text($0.rawValue), $0.rawValue) }
        case .dateRange, .downtimeThreshold, .showDowntime, .highlightPeaks, .search: items = []
        }
    }

    private static func plant(_ plant: Plant) -> Item {
        var item = Item(.id(plant.id.rawValue), plant.name)
        item.code = plant.code
        item.isActive = plant.isActive
        return item
    }

    private static func lines(_ lines: [ProductionLine], _ model: PlantModel) -> [Item] {
        let single = lines.map { line in
            var item = Item(.id(line.id.rawValue), line.name)
            item.code = line.code
            item.plant = line.plant
            item.isActive = line.isActive
            return item
        }
        let groups = model.lineGroups.compactMap { group -> Item? in
            let own = group.lines.filter { id in lines.contains { $0.id == id } }
            guard !own.isEmpty else { return nil }
            var item = Item(.text(ProductionLineFilter.text(of: group.id)), group.name)
            item.lines = own
            return item
        }
        return [Item(.text("all"), "all")] + groups + single
    }

    private static func areas(of line: ProductionLine?, _ model: PlantModel) -> [Item] {
        guard let line else { return [] }
        return model.areas(of: line.id).map { area in
            var item = Item(.id(area.id.rawValue), area.name)
            item.code = area.type.rawValue
            item.line = line.id
            item.isActive = area.isActive
            return item
        }
    }

    private static func shift(_ shift: Shift, now: Instant) -> Item {
        let versions = shift.definition.versions
        let current = versions.last { ($0.validFrom ?? .distantPast) <= now } ?? versions.first
        var item = Item(.id(shift.id.rawValue), shift.name(at: now))
        item.plant = current?.plant
        item.isActive = current?.isActive
        return item
    }

    private static func product(_ product: Product) -> Item {
        var item = Item(.id(product.id.rawValue), product.name)
        item.code = product.code
        item.color = product.color
        item.isActive = product.isActive
        return item
    }
}
