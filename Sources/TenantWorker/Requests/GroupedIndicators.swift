import IPC
import ManufacturingKPI
import Shared

/// The amounts of a product or an area in a stretch of time.
struct GroupAmounts {
    /// Its part of PQ; nil where no line counts it.
    var produced: Int?
    var good = 0
    var totalProduction = 0
    var weightGrams: Int64 = 0
    /// Nil where a rate is not known for all of it, and for areas.
    var ideal: Double?
    var detections = 0
    /// PQ and GQ on dual lines; nil for areas, which see one end only.
    var entered: Int?
    var left: Int?

    var scrap: Int? {
        guard let entered, let left else { return nil }
        return max(0, entered - left)
    }
}

/// Key figures in parts: one row for each stretch of time and group that has anything.
struct GroupedIndicators {
    /// Rows of one answer, at most.
    static let mostRows = 20_000
    /// Parts of a line after which others have their turn.
    private static let manyParts = 400

    struct Row {
        enum Content {
            case indicators(LineIndicators)
            case amounts(GroupAmounts)
        }

        var place: Int
        /// Nil: all lines together.
        var group: Int64?
        var content: Content

        var members: [IndicatorsJSON.Member] {
            switch content {
            case .indicators(let indicators): IndicatorsJSON.members(of: indicators)
            case .amounts(let amounts): IndicatorsJSON.members(of: amounts)
            }
        }

        var flags: IndicatorFlags {
            switch content {
            case .indicators(let indicators): indicators.flags
            case .amounts: []
            }
        }
    }

    let grouping: IndicatorGrouping
    let parts: IndicatorParts
    /// By place, then by group.
    let rows: [Row]
    private let model: PlantModel

    init(_ grouping: IndicatorGrouping, _ parts: IndicatorParts, _ questions: [LineQuestion], _ model: PlantModel)
        async throws
    {
        self.grouping = grouping
        self.parts = parts
        self.model = model
        var rows: [Row] = []
        switch grouping.group {
        case .product, .area:
            rows = try await Self.amounts(parts, questions, byProduct: grouping.group == .product)
        case nil, .line, .shift:
            rows = try await Self.indicators(parts, questions, grouping.group)
        }
        guard rows.count <= Self.mostRows else {
            let name = grouping.interval == nil ? "group_by" : "interval"
            throw Fault.invalid(name, .tooMany, limit: String(Self.mostRows))
        }
        self.rows = rows
    }

    private struct Key: Hashable, Comparable {
        var place: Int
        var group: Int64

        static func < (left: Key, right: Key) -> Bool {
            (left.place, left.group) < (right.place, right.group)
        }
    }

    private static func indicators(
        _ parts: IndicatorParts,
        _ questions: [LineQuestion],
        _ group: IndicatorGroup?
    ) async throws -> [Row] {
        var figures: [Key: [LineIndicators]] = [:]
        for (question, line) in zip(questions, parts.lines) {
            for part in line {
                let number = group == .line ? question.line.id.rawValue : group == .shift ? part.shift?.rawValue : nil
                let indicators = try LineIndicators(of: question.facts, over: part.time)
                figures[Key(place: part.place, group: number ?? 0), default: []].append(indicators)
            }
            // In so many parts a line is much work at once: others come before the next.
            if line.count > manyParts { await Task.yield() }
        }
        return figures.sorted { $0.key < $1.key }.map { key, lines in
            Row(
                place: key.place,
                group: group == nil ? nil : key.group,
                content: .indicators(lines.count == 1 ? lines[0] : LineIndicators.combine(lines))
            )
        }
    }

    private static func amounts(
        _ parts: IndicatorParts,
        _ questions: [LineQuestion],
        byProduct: Bool
    ) async throws -> [Row] {
        var amounts: [Key: GroupAmounts] = [:]
        for (question, line) in zip(questions, parts.lines) {
            for part in line {
                let own =
                    byProduct
                    ? try products(of: question, over: part.time) : try areas(of: question, over: part.time)
                for (group, more) in own where more.detections > 0 {
                    let key = Key(place: part.place, group: group)
                    amounts[key] = amounts[key].map { $0 + more } ?? more
                }
            }
            if line.count > manyParts { await Task.yield() }
        }
        return amounts.sorted { $0.key < $1.key }.map { key, amounts in
            Row(place: key.place, group: key.group, content: .amounts(amounts))
        }
    }

    private static func products(
        of question: LineQuestion,
        over time: LinePeriod
    ) throws -> [(Int64, GroupAmounts)] {
        let isDual = question.facts.isDual
        return try question.facts.products(over: time) { $0.areaType == .output }.map { figures in
            let amounts = GroupAmounts(
                produced: figures.produced,
                good: figures.unitsInPlan,
                totalProduction: figures.units,
                weightGrams: figures.weightGrams,
                ideal: figures.ideal,
                detections: figures.detections,
                entered: isDual ? figures.produced : 0,
                left: isDual ? figures.unitsInPlan : 0
            )
            return (figures.product.rawValue, amounts)
        }
    }

    private static func areas(of question: LineQuestion, over time: LinePeriod) throws -> [(Int64, GroupAmounts)] {
        let counts = question.facts.counts
        let quantity: AreaType = question.facts.isDual ? .input : .output
        var areas: [(id: AreaID, type: AreaType)] = []
        for series in counts.series where !areas.contains(where: { $0.id == series.area }) {
            areas.append((series.area, series.areaType))
        }
        return try areas.map { area in
            var amounts = GroupAmounts()
            amounts.detections = try counts.detections(in: time.all) { $0.area == area.id }
            let inPlan = try counts.detections(in: time.counted) { $0.area == area.id }
            if area.type == quantity { amounts.produced = inPlan }
            if area.type == .output {
                amounts.good = inPlan
                amounts.totalProduction = amounts.detections
                let figures = try question.facts.products(over: time) { $0.area == area.id }
                amounts.weightGrams = figures.reduce(0) { $0 + $1.weightGrams }
            }
            return (area.id.rawValue, amounts)
        }
    }

    // MARK: Writing

    /// The member `buckets`.
    func write(to json: inout JSONWriter) {
        json.key("buckets")
        json.array { json in
            for row in rows {
                json.object { json in
                    writeHead(of: row, to: &json)
                    IndicatorsJSON.write(row.members, to: &json)
                    json.flags(row.flags)
                }
            }
        }
    }

    /// The member `differences`: of each row less the one of the other period that stands at the same place in its group.
    func writeDifferences(from other: GroupedIndicators, to json: inout JSONWriter) {
        var waiting: [Int64?: [Row]] = [:]
        for row in other.rows.reversed() { waiting[row.group, default: []].append(row) }
        json.key("differences")
        json.array { json in
            for row in rows {
                guard let compared = waiting[row.group]?.popLast() else { continue }
                json.object { json in
                    writeHead(of: row, to: &json)
                    let place = other.parts.places[compared.place]
                    json.field("compared_start", place.bounds.start)
                    json.field("compared_end", place.bounds.end)
                    json.field("compared_label", place.label)
                    IndicatorsJSON.writeDifferences(row.members, less: compared.members, to: &json)
                }
            }
        }
    }

    private func writeHead(of row: Row, to json: inout JSONWriter) {
        let place = parts.places[row.place]
        json.field("start", place.bounds.start)
        json.field("end", place.bounds.end)
        json.field("label", place.label)
        json.field("group", row.group)
        json.field("group_name", name(of: row))
        if grouping.interval == .shift { json.field("shift_id", place.shift?.rawValue) }
    }

    private func name(of row: Row) -> String? {
        guard let group = row.group else { return nil }
        switch grouping.group {
        case .line: return model.line(LineID(group))?.name
        case .product: return model.product(ProductID(group))?.name
        case .area: return model.area(AreaID(group))?.name
        case .shift:
            return model.shifts.first { $0.id == ShiftID(group) }?.name(at: parts.places[row.place].bounds.start)
        case nil: return nil
        }
    }
}

extension GroupAmounts {
    /// Of several lines together.
    static func + (left: GroupAmounts, right: GroupAmounts) -> GroupAmounts {
        func sum(_ left: Int?, _ right: Int?) -> Int? {
            left == nil && right == nil ? nil : (left ?? 0) + (right ?? 0)
        }
        var total = left
        total.produced = sum(left.produced, right.produced)
        total.good += right.good
        total.totalProduction += right.totalProduction
        total.weightGrams += right.weightGrams
        // As of lines, the ideal is that of those with a rate.
        total.ideal = left.ideal == nil && right.ideal == nil ? nil : (left.ideal ?? 0) + (right.ideal ?? 0)
        total.detections += right.detections
        total.entered = sum(left.entered, right.entered)
        total.left = sum(left.left, right.left)
        return total
    }
}
