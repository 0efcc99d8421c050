import ManufacturingKPI
import Shared

/// Everything the tiles of one request are made of: read once, drawn from by each.
struct Dashboard {
    let query: DashboardQuery
    let model: PlantModel
    let now: Instant
    let questions: [LineQuestion]
    let states: [LineState]
    let current: LineIndicators
    /// Nil when no line has a comparable period.
    let previous: LineIndicators?
    let spark: [LineIndicators?]
    /// The listed stops of each question, where a tile shows stops one by one.
    let stops: [[Stop]]

    init(_ query: DashboardQuery, _ scope: AnalysisScope, _ source: LineQuestions) async throws {
        self.query = query
        model = source.model
        now = source.now
        var questions: [LineQuestion] = []
        var states: [LineState] = []
        var earlier: [LineIndicators] = []
        let needsIndicators = query.widgets.contains { $0.type == "kpi" }
        for entry in scope.entries {
            let question = try await source.ask(
                entry.line,
                period: entry.period,
                shift: query.analysis.shift,
                thresholdSeconds: query.analysis.thresholdSeconds
            )
            questions.append(question)
            if query.widgets.contains(.lineStatusIndicator), entry.line.isActive {
                states.append(try await LineState(entry.line, source))
            }
            if needsIndicators,
                let comparison = question.calendar.comparisonPeriod(
                    for: entry.period, shift: query.analysis.shift, now: source.now)
            {
                let before = try await source.ask(
                    entry.line,
                    period: comparison.period,
                    shift: query.analysis.shift,
                    thresholdSeconds: query.analysis.thresholdSeconds,
                    asOf: comparison.asOf
                )
                earlier.append(try before.indicators())
            }
        }
        self.questions = questions
        let showsStops = query.widgets.contains { $0 == .downtimeTable || $0 == .productionTimeChart }
        var stops: [[Stop]] = []
        for question in questions where showsStops { stops.append(try await source.list(question)) }
        self.stops = stops
        self.states = states
        var indicators = LineIndicators.combine(try questions.map { try $0.indicators() })
        if query.areas != nil || query.products != nil { indicators = indicators.adding(.filtersIgnored) }
        current = indicators
        previous = earlier.isEmpty ? nil : .combine(earlier)
        spark = needsIndicators ? try Self.spark(questions) : []
    }

    var totalDetections: Int {
        questions.reduce(0) { total, question in
            let whole = try? question.facts.counts.detections(in: question.time.all) { _ in true }
            return total + (whole ?? 0)
        }
    }

    func data(of kind: WidgetKind) throws -> [UInt8] {
        var json = JSONWriter(reservingCapacity: 1_024)
        switch kind {
        case .oee: RatioTile(self, \.oee, raw: \.oee).write(to: &json)
        case .availability: RatioTile(self, \.availability, raw: \.availability).write(to: &json)
        case .performance: RatioTile(self, \.performance, raw: \.rawPerformance).write(to: &json)
        case .quality: RatioTile(self, \.quality, raw: \.rawQuality).write(to: &json)
        case .totalProduction: TotalProductionTile(self).write(to: &json)
        case .productionTimeChart: try ProductionTimeChart(self).write(to: &json)
        case .downtimeTable: DowntimeTable(self).write(to: &json)
        case .lineStatusIndicator: LineStatusTile(self).write(to: &json)
        }
        return json.bytes
    }

    /// The figures along the period, in at most 48 parts that begin at whole hours or days of the clock.
    private static func spark(_ questions: [LineQuestion]) throws -> [LineIndicators?] {
        guard let first = questions.first, !first.period.interval.isEmpty else { return [] }
        let day: Int64 = 86_400_000_000
        let size: BucketSize = first.period.interval.length <= 2 * day ? .hour : .day
        var parts: [[LineIndicators]] = []
        for question in questions {
            let buckets = Buckets(size, over: question.period.interval, in: question.zone)
            for index in 0..<min(buckets.count, 400) {
                if parts.count <= index { parts.append([]) }
                if let indicators = try question.indicators(in: buckets.interval(at: index)) {
                    parts[index].append(indicators)
                }
            }
        }
        let combined = parts.map { $0.isEmpty ? nil : LineIndicators.combine($0) }
        return Array(combined.suffix(48))
    }
}

extension JSONWriter {
    /// The member `trend`.
    mutating func trend(_ trend: Trend?) {
        key("trend")
        guard let trend else { return null() }
        object { json in
            json.field("direction", trend.direction.rawValue)
            json.field("previous", trend.previous)
            json.field("difference", trend.difference)
            json.field("good", trend.isGood)
        }
    }
}
