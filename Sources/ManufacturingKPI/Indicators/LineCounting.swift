import Shared

/// The counted side of one line's sums: units, grams and ideal seconds.
struct LineCounting {
    let facts: LineFacts
    let time: LinePeriod

    /// One per product that any series counts.
    private struct Product {
        let terms: ProductTerms
        var series: [Int] = []
        var produced = 0
    }

    private(set) var produced = 0
    private(set) var good = 0
    private(set) var totalProduction = 0
    private(set) var grams: Int64 = 0
    private(set) var hasDetections = false
    /// Σ PRI × PQ in seconds; nil when the line has no rate for all of it.
    private(set) var ideal: Double?

    init(_ facts: LineFacts, _ time: LinePeriod) throws(CountsFault) {
        self.facts = facts
        self.time = time
        let counts = facts.counts
        let countedTime = try CountedTime(time.counted, counts: counts)
        let allTime = try CountedTime(time.all, counts: counts)
        var products: [Product] = []
        for index in counts.series.indices {
            let series = counts.series[index]
            let position: Int
            if let known = products.firstIndex(where: { $0.terms.product == series.product }) {
                position = known
            } else {
                let terms = facts.products.first { $0.product == series.product }
                position = products.count
                products.append(Product(terms: terms ?? ProductTerms(product: series.product)))
            }
            products[position].series.append(index)
            let all = allTime.detections(of: index, in: counts)
            guard all > 0 else { continue }
            hasDetections = true
            let isOutput = series.areaType == .output
            if isOutput { totalProduction += all }
            let isQuantity = series.areaType == (facts.isDual ? .input : .output)
            guard isOutput || isQuantity else { continue }
            let inPlan = countedTime.detections(of: index, in: counts)
            if isOutput {
                good += inPlan
                grams += try Self.grams(
                    of: index, total: all, weight: products[position].terms.weight, counts: counts, set: time.all)
            }
            if isQuantity {
                produced += inPlan
                products[position].produced += inPlan
            }
        }
        let made = products.filter { $0.produced > 0 }
        ideal = hasRate(made) ? try idealSeconds(made, countedTime) : nil
    }

    /// Grams of one series, each unit by the weight valid when it was made.
    static func grams(
        of index: Int, total: Int, weight: EffectiveDated<Int64>, counts: LineCounts, set: IntervalSet
    ) throws(CountsFault) -> Int64 {
        guard let first = set.intervals.first, let last = set.intervals.last else { return 0 }
        let hull = Interval(start: first.start, end: last.end)
        let changes = weight.changes(within: hull)
        if changes.isEmpty { return Int64(total) * (weight.value(at: hull.start) ?? 0) }
        var grams: Int64 = 0
        for piece in hull.split(at: changes) {
            guard let unit = weight.value(at: piece.start) else { continue }
            let time = try CountedTime(set.intersection(piece), counts: counts)
            grams += Int64(time.detections(of: index, in: counts)) * unit
        }
        return grams
    }

    /// At every instant of the period the line, or each product made in it, has a rate.
    private func hasRate(_ made: [Product]) -> Bool {
        let hull = time.hull
        var changes = facts.settings.versions.changes(within: hull)
        for product in made { changes += product.terms.idealRate.changes(within: hull) }
        return hull.split(at: changes).allSatisfy { piece in
            facts.settings.version(at: piece.start).knownRate != nil
                || (!made.isEmpty && made.allSatisfy { $0.terms.knownRate(at: piece.start) != nil })
        }
    }

    private func idealSeconds(_ made: [Product], _ counted: CountedTime) throws(CountsFault) -> Double {
        let counts = facts.counts
        let type: AreaType = facts.isDual ? .input : .output
        let hull = time.hull
        let lineChanges = facts.settings.versions.changes(within: hull)
        var seconds = 0.0
        for product in made.sorted(by: { $0.terms.product < $1.terms.product }) {
            let changes = lineChanges + product.terms.idealRate.changes(within: hull)
            if changes.isEmpty {
                seconds += Double(60 * product.produced) / rate(of: product.terms, at: hull.start)
                continue
            }
            for piece in hull.split(at: changes) {
                let part = try CountedTime(time.counted.intersection(piece), counts: counts)
                var units = 0
                for index in product.series where counts.series[index].areaType == type {
                    units += part.detections(of: index, in: counts)
                }
                if units > 0 { seconds += Double(60 * units) / rate(of: product.terms, at: piece.start) }
            }
        }
        return seconds
    }

    /// Only asked where `hasRate` found one.
    private func rate(of terms: ProductTerms, at instant: Instant) -> Double {
        terms.knownRate(at: instant) ?? facts.settings.version(at: instant).knownRate ?? .infinity
    }

    /// Grams the line's own rate would give in its planned time at the mean weight made; nil where that rate is not
    /// known throughout.
    func nominalGrams() -> Double? {
        guard let first = time.planned.intervals.first, let last = time.planned.intervals.last else { return nil }
        let hull = Interval(start: first.start, end: last.end)
        var units = 0.0
        for piece in hull.split(at: facts.settings.versions.changes(within: hull)) {
            let planned = time.planned.length(within: piece)
            guard planned > 0 else { continue }
            guard let rate = facts.settings.version(at: piece.start).knownRate else { return nil }
            units += rate * planned.seconds / 60
        }
        return totalProduction > 0 ? units * Double(grams) / Double(totalProduction) : 0
    }
}

extension Interval {
    /// Its pieces between instants strictly inside it, in any order.
    func split(at changes: [Instant]) -> [Interval] {
        guard !changes.isEmpty else { return [self] }
        var pieces: [Interval] = []
        var start = self.start
        for change in changes.sorted() where change > start {
            pieces.append(Interval(start: start, end: change))
            start = change
        }
        pieces.append(Interval(start: start, end: end))
        return pieces
    }
}
