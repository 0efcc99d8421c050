import ManufacturingKPI
import Shared

/// One line with everything its figures need; planned 06:00–14:00 on the example's day unless said otherwise.
struct FiguresExample {
    var stops = LineExample(
        detectsStops: false, commissionedAt: clock(-48), planned: [span(clock(6), clock(14))],
        period: span(clock(0), clock(24)), now: clock(48))
    var isDual = true
    var rate: Double? = 10
    /// Units by area, product 1 unless said otherwise, each at one minute of the day.
    var units: [(area: AreaType, product: Int64, minute: Int64, count: Int)] = []
    var products: [ProductTerms] = []
    var instances: IntervalSet?
    var isContinuous = false
    var unobserved = IntervalSet()
    var cuts: [CutMinute] = []

    /// A dual line that produced so much at 07:00, without stops.
    init(input: Int = 0, output: Int = 0) {
        if input > 0 { units.append((.input, 1, 420, input)) }
        if output > 0 { units.append((.output, 1, 420, output)) }
    }

    var example: LineExample {
        var example = stops
        for index in example.versions.indices where example.versions[index].value.ratePerMinute == nil {
            example.versions[index].value.ratePerMinute = rate
        }
        return example
    }

    var series: [MinuteSeries] {
        var tallies: [(area: AreaType, product: ProductID, tally: MinuteTally)] = []
        for unit in units {
            let product = ProductID(unit.product)
            var index = tallies.firstIndex { $0.area == unit.area && $0.product == product }
            if index == nil {
                index = tallies.count
                tallies.append((unit.area, product, MinuteTally()))
            }
            if let index { tallies[index].tally.add(unit.count, atMinute: clock(0).minute + unit.minute) }
        }
        return tallies.map { $0.tally.series(area: AreaID(1), areaType: $0.area, product: $0.product) }
    }

    var facts: LineFacts {
        let example = example
        return LineFacts(
            isDual: isDual, settings: example.settings, products: products,
            counts: LineCounts(series: series, cuts: cuts), stops: example.timeline, isContinuous: isContinuous,
            unobserved: unobserved)
    }

    var time: LinePeriod {
        let example = example
        let planned =
            instances == nil
            ? example.plannedInPeriod : example.ownPlanned.intersection(instances ?? IntervalSet())
        return LinePeriod(period: example.period, planned: planned, instances: instances, now: example.now)
    }

    var figures: LineIndicators {
        get throws { try LineIndicators(of: facts, over: time) }
    }

    /// Stopped by a person in the shift, minutes from `from` on.
    mutating func stop(from: Instant, minutes: Int64) {
        stops.registered.append(
            RegisteredStop(
                id: StopID(Int64(stops.registered.count + 1)), start: from, end: from + seconds(60 * minutes)))
    }
}

extension Figure {
    /// Whether the figure has this value but for rounding of the last places.
    func isAbout(_ expected: Double) -> Bool {
        guard let value else { return false }
        return abs(value - expected) <= 1e-12 * max(1, abs(expected))
    }
}
