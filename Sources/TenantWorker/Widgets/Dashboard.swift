import ManufacturingKPI
import Shared

/// Everything the tiles of one request are made of. What was read is read once; what is computed from it is computed once, and
/// what is much only when a tile asks. A fault in one part fails the tiles that need it and no other.
final class Dashboard: Sendable {
    /// What a part came to, or why there is none.
    typealias Part<Value> = Result<Value, any Error>

    let query: DashboardQuery
    let model: PlantModel
    let now: Instant
    let lines: [DashboardLine]
    let questions: [LineQuestion]
    let selection: UnitSelection
    /// The stops that are shown one by one.
    let stops: Part<StopList>
    /// Whether whoever asks may see single detections.
    let showsDetections: Bool
    /// Of each line, over the whole period.
    let lineFigures: Part<[LineIndicators]>
    /// Of all lines together. Figures that areas and products do not change say so where they are filtered.
    let current: Part<LineIndicators>
    /// Of all lines over the periods compared with; nil when no line has a comparable one.
    let previous: Part<LineIndicators?>
    private let bucketFigures: [BucketSize: Part<BucketFigures>]
    private let knownProducts = Once<Part<ProductAmounts>>()
    private let knownPreviousProducts = Once<Part<ProductAmounts?>>()
    private let knownSpark = Once<Part<Spark>>()

    init(_ query: DashboardQuery, _ scope: AnalysisScope, _ source: LineQuestions, _ principal: Principal) async throws
    {
        self.query = query
        model = source.model
        now = source.now
        showsDetections = principal.readsDetections
        selection = UnitSelection(
            areas: query.filters.areas.map(Set.init), products: query.filters.products.map(Set.init))
        lines = try await DashboardLine.read(
            scope.entries,
            DashboardReading(query: query, source: source, showsDetections: principal.readsDetections)
        )
        questions = lines.map(\.question)
        let figures = Result { [lines] in try lines.map { try $0.figures.get() } }
        lineFigures = figures
        current = figures.map { [selection] lines in
            let total = LineIndicators.combine(lines)
            return selection.isFiltering ? total.adding(.filtersIgnored) : total
        }
        previous = Result { [lines] in
            let known = try lines.compactMap { try $0.previousFigures.get() }
            return known.isEmpty ? nil : LineIndicators.combine(known)
        }
        stops = await Self.stops(lines, query, source)
        var parts: [BucketSize: Part<BucketFigures>] = [:]
        for size in Self.bucketSizes(query, questions) {
            do {
                parts[size] = .success(
                    try await BucketFigures(size, of: questions, shift: query.analysis.shift))
            } catch {
                parts[size] = .failure(error)
            }
        }
        bucketFigures = parts
    }

    /// The sizes of buckets that the tiles have figures of.
    private static func bucketSizes(_ query: DashboardQuery, _ questions: [LineQuestion]) -> Set<BucketSize> {
        var sizes: Set<BucketSize> = []
        if query.widgets.contains(where: \.showsSpark), let size = Spark.size(of: questions) { sizes.insert(size) }
        if query.widgets.contains(.oeeTrendChart) { sizes.insert(OeeTrendChart.size(of: query.interval)) }
        return sizes
    }

    private static func stops(
        _ lines: [DashboardLine],
        _ query: DashboardQuery,
        _ source: LineQuestions
    ) async -> Part<StopList> {
        do {
            var stops = StopList(try lines.map { try $0.stops.get() })
            if query.widgets.contains(.downtimeTable) {
                try await stops.suggestChangeovers(ofNewest: DowntimeTable.rows, lines.map(\.question), source)
            }
            return .success(stops)
        } catch {
            return .failure(error)
        }
    }

    // MARK: What tiles share

    /// Units made, by product, as filtered.
    var products: Part<ProductAmounts> {
        knownProducts.value { Result { try ProductAmounts(questions, selection) } }
    }

    /// The same of the periods compared with; nil when there is none.
    var previousProducts: Part<ProductAmounts?> {
        knownPreviousProducts.value {
            Result {
                let earlier = try lines.compactMap { try $0.previous.get() }
                return earlier.isEmpty ? nil : try ProductAmounts(earlier, selection)
            }
        }
    }

    /// What trends compare with, up to the moment that corresponds to now, where it is the same for all lines.
    var comparedPeriod: (interval: Interval, zone: TimeZoneRules)? {
        let earlier = lines.compactMap { line in (try? line.previous.get()) ?? nil }
        guard let first = earlier.first,
            earlier.allSatisfy({ $0.period.interval == first.period.interval && $0.zone.name == first.zone.name })
        else { return nil }
        let whole = first.period.interval
        return (Interval(start: whole.start, end: max(whole.start, min(whole.end, first.now))), first.zone)
    }

    /// The figures in the parts that a spark line shows.
    var spark: Part<Spark> {
        knownSpark.value { Result { try Spark(self) } }
    }

    /// Of all lines together, listed or not.
    var countOfStops: Part<Int> { current.map { $0.sums.stops + $0.sums.microStops } }

    /// The figures in buckets of a size that a tile has figures of.
    func figures(per size: BucketSize) throws -> BucketFigures {
        guard let figures = bucketFigures[size] else { throw Fault(code: .internal) }
        return try figures.get()
    }

    /// Every detection of the period, in whatever area.
    var totalDetections: Int {
        questions.reduce(0) { total, question in
            let whole = try? question.facts.counts.detections(in: question.time.all) { _ in true }
            return total + (whole ?? 0)
        }
    }

    // MARK: Tiles

    func data(of kind: WidgetKind) throws -> [UInt8] {
        var json = JSONWriter(reservingCapacity: 1_024)
        switch kind {
        case .oee: try RatioTile(self, \.oee, raw: \.oee).write(to: &json)
        case .availability: try RatioTile(self, \.availability, raw: \.availability).write(to: &json)
        case .performance: try RatioTile(self, \.performance, raw: \.rawPerformance).write(to: &json)
        case .quality: try RatioTile(self, \.quality, raw: \.rawQuality).write(to: &json)
        case .productionTimeChart: try ProductionTimeChart(self).write(to: &json)
        case .productDistributionChart: try ProductDistributionChart(self).write(to: &json)
        case .productRanking: try ProductRanking(self).write(to: &json)
        case .totalProduction: try TotalProductionTile(self).write(to: &json)
        case .totalWeight: try TotalWeightTile(self).write(to: &json)
        case .weightEfficiency: try WeightEfficiencyTile(self).write(to: &json)
        case .totalDowntime: try TotalDowntimeTile(self).write(to: &json)
        case .lineStatusIndicator: try LineStatusTile(self).write(to: &json)
        case .oeeTrendChart: try OeeTrendChart(self).write(to: &json)
        case .hourByHour: try HourByHour(self).write(to: &json)
        case .areaDetectionChart: try AreaDetectionChart(self).write(to: &json)
        case .entryOutputCompareChart: try EntryOutputCompareChart(self).write(to: &json)
        case .scatterChart: try ScatterChart(self).write(to: &json)
        case .downtimeTable: try DowntimeTable(self).write(to: &json)
        case .downtimePareto: DowntimePareto(self).write(to: &json)
        case .lossWaterfall: try LossWaterfallChart(self).write(to: &json)
        case .metricsSummary: try MetricsSummary(self).write(to: &json)
        case .eventFeed: try EventFeed(self).write(to: &json)
        }
        return json.bytes
    }
}

extension WidgetKind {
    /// Whether the tile shows stops one by one.
    var listsStops: Bool {
        switch self {
        case .productionTimeChart, .scatterChart, .downtimeTable, .eventFeed:
            true
        case .oee, .availability, .performance, .quality, .totalProduction, .totalWeight, .weightEfficiency,
            .totalDowntime, .productRanking, .productDistributionChart, .lineStatusIndicator, .oeeTrendChart,
            .hourByHour, .areaDetectionChart, .entryOutputCompareChart, .downtimePareto, .lossWaterfall,
            .metricsSummary:
            false
        }
    }

    /// Whether the tile has a small line of the figure over the period.
    var showsSpark: Bool {
        switch self {
        case .oee, .availability, .performance, .quality, .totalProduction, .totalWeight, .weightEfficiency,
            .totalDowntime:
            true
        case .productRanking, .productionTimeChart, .productDistributionChart, .lineStatusIndicator, .oeeTrendChart,
            .hourByHour, .areaDetectionChart, .entryOutputCompareChart, .scatterChart, .downtimeTable, .downtimePareto,
            .lossWaterfall, .metricsSummary, .eventFeed:
            false
        }
    }

    /// Whether the tile compares with an earlier period, which then is read too.
    var comparesPeriods: Bool {
        switch self {
        case .oee, .availability, .performance, .quality, .totalProduction, .totalWeight, .weightEfficiency,
            .totalDowntime, .productRanking:
            true
        case .productionTimeChart, .productDistributionChart, .lineStatusIndicator, .oeeTrendChart, .hourByHour,
            .areaDetectionChart, .entryOutputCompareChart, .scatterChart, .downtimeTable, .downtimePareto,
            .lossWaterfall, .metricsSummary, .eventFeed:
            false
        }
    }
}

extension Principal {
    /// Managers and above, and keys that read.
    var readsDetections: Bool {
        switch kind {
        case .user(_, .superAdmin), .user(_, .admin), .user(_, .manager): true
        case .user(_, .operator), .user(_, .viewer), .device, .system: false
        case .apiKey(_, let scopes): scopes.contains(.read)
        }
    }
}

extension JSONWriter {
    /// A trend as a member, `trend` where no other name is given; null where nothing can be compared.
    mutating func trend(_ trend: Trend?, of dashboard: Dashboard, as name: StaticString = "trend") {
        key(name)
        guard let trend else { return null() }
        object { json in
            json.field("direction", trend.direction.rawValue)
            json.field("previous", trend.previous)
            json.field("difference", trend.difference)
            json.field("good", trend.isGood)
            let compared = dashboard.comparedPeriod
            json.key("period")
            json.object { json in
                json.field("from", compared?.interval.start)
                json.field("to", compared?.interval.end)
                json.field("timezone", compared?.zone.name)
            }
        }
    }

    /// The member `flags`.
    mutating func flags(_ flags: IndicatorFlags) {
        key("flags")
        array { json in
            for name in flags.names { json.value(name) }
        }
    }

    /// Numbers as an array, null where there is none.
    mutating func numbers(_ name: StaticString, _ numbers: some Sequence<Double?>) {
        key(name)
        array { json in
            for number in numbers {
                if let number { json.value(number) } else { json.null() }
            }
        }
    }

    /// Whole numbers as an array.
    mutating func counts(_ name: StaticString, _ counts: [Int]) {
        key(name)
        array { json in
            for count in counts { json.value(count) }
        }
    }

    /// Whole numbers as an array, null where there is none.
    mutating func counts(_ name: StaticString, _ counts: [Int?]) {
        key(name)
        array { json in
            for count in counts {
                if let count { json.value(count) } else { json.null() }
            }
        }
    }
}
