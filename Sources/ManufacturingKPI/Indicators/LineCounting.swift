import Shared

/// The counted side of one line's sums: units, grams and ideal seconds.
struct LineCounting {
    let facts: LineFacts
    let time: LinePeriod

    private(set) var produced = 0
    private(set) var good = 0
    private(set) var totalProduction = 0
    private(set) var grams: Int64 = 0
    /// Grams of `good`; only where a shift is selected.
    private var gramsOfShift: Int64 = 0
    private(set) var hasDetections = false
    /// Σ PRI × PQ in seconds; nil when the line has no rate for all of it.
    private(set) var ideal: Double?

    init(_ facts: LineFacts, _ time: LinePeriod) throws(CountsFault) {
        self.facts = facts
        self.time = time
        let counts = facts.counts
        let countedTime = try CountedTime(time.counted, counts: counts)
        let allTime = try CountedTime(time.all, counts: counts)
        var made: [Made] = []
        made.reserveCapacity(facts.counted.count)
        for place in facts.counted.indices {
            var own = 0
            for index in facts.counted[place].series {
                let all = allTime.detections(of: index, in: counts)
                guard all > 0 else { continue }
                hasDetections = true
                let type = counts.series[index].areaType
                let isOutput = type == .output
                if isOutput { totalProduction += all }
                let isQuantity = type == (facts.isDual ? .input : .output)
                guard isOutput || isQuantity else { continue }
                let inPlan = countedTime.detections(of: index, in: counts)
                if isOutput {
                    good += inPlan
                    grams += try Self.grams(
                        of: index, total: all, weight: facts.counted[place].terms.weight, counts: counts,
                        set: time.all)
                    if time.isOfShift {
                        gramsOfShift += try Self.grams(
                            of: index, total: inPlan, weight: facts.counted[place].terms.weight, counts: counts,
                            set: time.counted)
                    }
                }
                if isQuantity { own += inPlan }
            }
            produced += own
            if own > 0 { made.append(Made(place: place, produced: own)) }
        }
        ideal = hasRate(made) ? try idealSeconds(made, countedTime) : nil
    }

    /// What was produced of one product.
    private struct Made {
        /// Among the products that any series counts.
        let place: Int
        let produced: Int
    }

    private func terms(of made: Made) -> ProductTerms { facts.counted[made.place].terms }

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
    private func hasRate(_ made: [Made]) -> Bool {
        let hull = time.hull
        guard !facts.isConstant else { return hasRate(made, at: hull.start) }
        var changes = facts.settings.versions.changes(within: hull)
        for product in made { changes += terms(of: product).idealRate.changes(within: hull) }
        return hull.split(at: changes).allSatisfy { hasRate(made, at: $0.start) }
    }

    private func hasRate(_ made: [Made], at instant: Instant) -> Bool {
        facts.settings.version(at: instant).knownRate != nil
            || (!made.isEmpty && made.allSatisfy { terms(of: $0).knownRate(at: instant) != nil })
    }

    private func idealSeconds(_ made: [Made], _ counted: CountedTime) throws(CountsFault) -> Double {
        let counts = facts.counts
        let type: AreaType = facts.isDual ? .input : .output
        let hull = time.hull
        let lineChanges = facts.settings.versions.changes(within: hull)
        var seconds = 0.0
        for product in made {
            let terms = terms(of: product)
            let changes = lineChanges + terms.idealRate.changes(within: hull)
            if changes.isEmpty {
                seconds += Double(60 * product.produced) / rate(of: terms, at: hull.start)
                continue
            }
            for piece in hull.split(at: changes) {
                let part = try CountedTime(time.counted.intersection(piece), counts: counts)
                var units = 0
                for index in facts.counted[product.place].series where counts.series[index].areaType == type {
                    units += part.detections(of: index, in: counts)
                }
                if units > 0 { seconds += Double(60 * units) / rate(of: terms, at: piece.start) }
            }
        }
        return seconds
    }

    /// Only asked where `hasRate` found one.
    private func rate(of terms: ProductTerms, at instant: Instant) -> Double {
        terms.knownRate(at: instant) ?? facts.settings.version(at: instant).knownRate ?? .infinity
    }

    /// What is compared with the nominal weight of the planned time: all output, or that of the selected shift.
    var weighed: (units: Int, grams: Int64) {
        time.isOfShift ? (good, gramsOfShift) : (totalProduction, grams)
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
        return weighed.units > 0 ? units * Double(weighed.grams) / Double(weighed.units) : 0
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
