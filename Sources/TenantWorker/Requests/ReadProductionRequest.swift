import IPC
import ManufacturingKPI
import NIOCore
import Shared

/// GET /production.
extension WorkerRequests {
    func readProduction(_ call: ReadProduction, _ request: IncomingRequest) async throws -> Answer {
        let (model, questions) = try await questions(request)
        let scope = try AnalysisScope(
            call.query, principal: request.head.principal, model: model, now: questions.now,
            limit: call.interval.limit)
        var series = ProductionSeries(interval: call.interval, split: call.split)
        for entry in scope.entries {
            let question = try await questions.ask(
                entry.line,
                period: entry.period,
                shift: call.query.shift,
                thresholdSeconds: call.query.thresholdSeconds
            )
            try series.add(question)
        }
        var json = JSONWriter(reservingCapacity: 8_192)
        json.object { json in
            json.period(scope.commonPeriod)
            json.field("interval", call.interval.rawValue)
            json.field("split_by", call.split.rawValue)
            json.key("buckets")
            json.array { json in
                for index in series.labels.indices {
                    json.object { json in
                        json.field("start", series.bounds[index].start)
                        json.field("end", series.bounds[index].end)
                        json.field("label", series.labels[index])
                        json.key("series")
                        json.object { json in
                            for (key, counts) in series.counts {
                                json.key(dynamic: key)
                                json.value(counts[index])
                            }
                        }
                    }
                }
            }
        }
        return .json(json)
    }
}

/// Units per bucket of time and per product, area or line. Lines of several zones are put together by the local label.
struct ProductionSeries {
    let interval: BucketSize
    let split: ProductionSplit
    /// Only these areas count; nil: those whose units are output, or all when split by area.
    var areas: Set<AreaID>?
    /// Only these products count; nil: all.
    var products: Set<ProductID>?

    private(set) var labels: [String] = []
    private(set) var bounds: [Interval] = []
    /// By key, in the order of first appearance; each as long as `labels`.
    private(set) var counts: [(key: String, values: [Int])] = []

    init(interval: BucketSize, split: ProductionSplit, areas: Set<AreaID>? = nil, products: Set<ProductID>? = nil) {
        self.interval = interval
        self.split = split
        self.areas = areas
        self.products = products
    }

    mutating func add(_ question: LineQuestion) throws {
        let hull = Interval(
            start: min(question.period.interval.start, question.time.hull.start),
            end: max(question.period.interval.end, question.time.hull.end)
        )
        guard !hull.isEmpty else { return }
        let buckets = Buckets(interval, over: hull, in: question.zone)
        let places = (0..<buckets.count).map { place(of: buckets.label(at: $0), buckets.interval(at: $0)) }
        for series in question.facts.counts.series where isCounted(series) {
            let key = key(of: series, question)
            for index in 0..<buckets.count {
                let part = question.time.all.intersection(buckets.interval(at: index))
                guard !part.isEmpty else { continue }
                let units = try question.facts.counts.detections(in: part) {
                    $0.area == series.area && $0.product == series.product
                }
                add(units, key, places[index])
            }
        }
        if split == .none, counts.isEmpty, !labels.isEmpty { add(0, "total", 0) }
    }

    private func isCounted(_ series: MinuteSeries) -> Bool {
        if let products, !products.contains(series.product) { return false }
        if let areas { return areas.contains(series.area) }
        return split == .area || series.areaType == .output
    }

    private func key(of series: MinuteSeries, _ question: LineQuestion) -> String {
        switch split {
        case .product: series.product.description
        case .area: series.area.description
        case .line: question.line.id.description
        case .none: "total"
        }
    }

    private mutating func place(of label: String, _ interval: Interval) -> Int {
        if let known = labels.indices.first(where: { labels[$0] == label && isSameStretch(bounds[$0], interval) }) {
            return known
        }
        labels.append(label)
        bounds.append(interval)
        for index in counts.indices { counts[index].values.append(0) }
        return labels.count - 1
    }

    /// Whether two buckets of one label are the same one: a label repeats where clocks are put back.
    private func isSameStretch(_ left: Interval, _ right: Interval) -> Bool {
        left == right || abs(left.start - right.start) >= 2 * 3_600_000_000
    }

    private mutating func add(_ units: Int, _ key: String, _ place: Int) {
        if let index = counts.firstIndex(where: { $0.key == key }) {
            counts[index].values[place] += units
        } else {
            var values = [Int](repeating: 0, count: labels.count)
            values[place] += units
            counts.append((key, values))
        }
    }

    /// Units per bucket over all keys.
    var totals: [Int] {
        labels.indices.map { index in counts.reduce(0) { $0 + $1.values[index] } }
    }
}
