import Shared

/// The figures of one line or of several, told unit by unit and stop by stop (domain §4). Times in microseconds.
struct SlowFigures {
    var calendar: Int64 = 0
    var planned: Int64 = 0
    var downtime: Int64 = 0
    var unobserved: Int64 = 0
    var stops = 0
    var microStops = 0
    var stopDowntime: Int64 = 0
    var produced = 0
    var good = 0
    var total = 0
    var unplanned = 0
    var grams: Int64 = 0
    var scrap = 0
    /// Seconds.
    var ideal: Double?
    var availability: Double?
    var performance: Double?
    var quality: Double?
    var oee: Double?
    var teep: Double?
    var rawPerformance: Double?
    var rawQuality: Double?
    /// Seconds.
    var meanTimeBetweenStops: Double?
    var meanStop: Double?
    var weightEfficiency: Double?
    /// Seconds of the waterfall's last two steps; nil when a planned line has no rate.
    var idealRunning: Double?
    var idealGood: Double?
    var flags: Set<String> = []

    // Of a single line, for the sums of several.
    var isDual = false
    var hasRate = false
    /// Grams that the line's own rate would have given; nil when it is not known all the planned time.
    var nominalGrams: Double?
    /// What they are compared with: of a chosen shift only what was made in it.
    var weighedGrams: Int64 = 0
    var weighedUnits = 0

    var running: Int64 { planned - downtime }

    static func seconds(_ microseconds: Int64) -> Double { Double(microseconds) / 1_000_000 }

    private init() {}
}

// MARK: One line

extension SlowFigures {
    init(_ line: PlantCase.Line, _ time: SlowCalendar.Time, _ stops: SlowStops, isContinuous: Bool) {
        calendar = time.period.length
        planned = time.planned.length
        add(stops, line, time)
        let seen = count(line, time)
        rate(line, time)
        ratios()
        nominal(line, time)
        if planned == 0 {
            flags = ["no_planned_time"]
        } else {
            if seen == 0 { flags.insert("no_detections") }
            if !isDual || (produced == 0 && good == 0) { flags.insert("quality_not_measured") }
            if isDual, produced == 0, good > 0 { flags.insert("input_missing") }
            if let rawQuality, rawQuality > 1 { flags.insert("quality_over_one") }
            if let rawPerformance, rawPerformance > 1 { flags.insert("performance_over_one") }
            if !hasRate { flags.insert("no_nominal_rate") }
            if unobserved > 0 { flags.insert("unobserved") }
        }
        if isContinuous { flags.insert("continuous_schedule") }
        if unplanned > 0 { flags.insert("production_outside_plan") }
    }

    private mutating func add(_ all: SlowStops, _ line: PlantCase.Line, _ time: SlowCalendar.Time) {
        for piece in all.pieces {
            let inPlan = time.planned.shared(with: piece.time)
            guard inPlan > 0 else { continue }
            downtime += inPlan
            for stretch in time.planned {
                let stopped = Stretch(
                    start: max(stretch.start, piece.time.start), end: min(stretch.end, piece.time.end))
                let parts = stopped.parts(changingAt: line.unobserved.edges) { line.unobserved.contains(instant: $0) }
                unobserved += parts.length
            }
            switch piece.kind {
            case .stop:
                stops += 1
                stopDowntime += inPlan
            case .micro: microStops += 1
            case .remainder: break
            }
        }
    }

    /// How many detections lie in the time at all.
    private mutating func count(_ line: PlantCase.Line, _ time: SlowCalendar.Time) -> Int {
        isDual = line.areas.contains { $0.type == .input } && line.areas.contains { $0.type == .output }
        var seen = 0
        for detection in line.detections where time.all.contains(instant: detection.at) {
            seen += 1
            let isInPlan = time.counted.contains(instant: detection.at)
            if detection.area.type == (isDual ? .input : .output), isInPlan { produced += 1 }
            guard detection.area.type == .output else { continue }
            total += 1
            if isInPlan { good += 1 } else { unplanned += 1 }
            let product = line.products.first { $0.id == detection.product }
            let weight = product?.weights.valid(at: detection.at) ?? 0
            grams += weight
            guard isInPlan || !time.isOfShift else { continue }
            weighedUnits += 1
            weighedGrams += weight
        }
        if isDual { scrap = max(0, produced - good) }
        return seen
    }

    private mutating func rate(_ line: PlantCase.Line, _ time: SlowCalendar.Time) {
        let made = line.detections.filter { detection in
            detection.area.type == (isDual ? .input : .output) && time.counted.contains(instant: detection.at)
        }
        let products = Set(made.map(\.product))
        func lineRate(_ instant: Int64) -> Double? { Self.known(line.versions.holding(at: instant)?.rate) }
        func rate(_ product: Int64, _ instant: Int64) -> Double? {
            Self.known(line.products.first { $0.id == product }?.rates.valid(at: instant))
        }
        let hull = time.hull
        let changes = line.versions.changes() + line.products.flatMap { $0.rates.changes() }
        hasRate = ([hull.start] + changes.filter { hull.start < $0 && $0 < hull.end }).allSatisfy { instant in
            lineRate(instant) != nil || (!products.isEmpty && products.allSatisfy { rate($0, instant) != nil })
        }
        guard hasRate else { return }
        // Units of one rate together, so that a rounded quotient is not added up unit by unit.
        var units: [Double: Int] = [:]
        for detection in made {
            guard let rate = rate(detection.product, detection.at) ?? lineRate(detection.at) else { continue }
            units[rate, default: 0] += 1
        }
        ideal = units.sorted { $0.key < $1.key }.reduce(0) { $0 + Double(60 * $1.value) / $1.key }
    }

    private static func known(_ rate: Double?) -> Double? { rate.flatMap { $0 > 0 ? $0 : nil } }

    private mutating func ratios() {
        let running = Self.seconds(running)
        if let ideal {
            idealRunning = min(ideal, running)
            idealGood = min(ideal, running)
        }
        guard planned > 0 else {
            if !hasRate {
                (idealRunning, idealGood) = (0, 0)
                ideal = 0
            }
            return
        }
        let availability = running / Self.seconds(planned)
        self.availability = availability
        if let ideal, self.running > 0 {
            rawPerformance = ideal / running
            performance = min(ideal / running, 1)
        }
        if isDual, produced > 0 {
            rawQuality = Double(good) / Double(produced)
            quality = min(Double(good) / Double(produced), 1)
        }
        idealGood = idealRunning.map { $0 * (quality ?? 1) }
        if availability == 0 { oee = 0 } else { oee = performance.map { availability * $0 * (quality ?? 1) } }
        if calendar > 0 { teep = oee.map { $0 * Double(planned) / Double(calendar) } }
        if stops > 0 {
            meanTimeBetweenStops = running / Double(stops)
            meanStop = Self.seconds(stopDowntime) / Double(stops)
        }
    }

    private mutating func nominal(_ line: PlantCase.Line, _ time: SlowCalendar.Time) {
        guard planned > 0, weighedUnits > 0 else { return }
        var units = 0.0
        for stretch in time.planned {
            let edges = [stretch.start, stretch.end] + line.versions.changes().filter { stretch.contains($0) }
            let sorted = Set(edges).sorted()
            for (from, to) in zip(sorted, sorted.dropFirst()) {
                guard let rate = Self.known(line.versions.holding(at: from)?.rate) else { return }
                units += rate * Self.seconds(to - from) / 60
            }
        }
        let nominal = units * Double(weighedGrams) / Double(weighedUnits)
        guard nominal > 0 else { return }
        nominalGrams = nominal
        weightEfficiency = Double(weighedGrams) / nominal
    }
}

// MARK: Several lines

extension SlowFigures {
    /// Sums first, never an average of ratios.
    init(totalOf lines: [SlowFigures]) {
        self.init()
        for line in lines {
            calendar += line.calendar
            planned += line.planned
            downtime += line.downtime
            unobserved += line.unobserved
            stops += line.stops
            microStops += line.microStops
            stopDowntime += line.stopDowntime
            produced += line.produced
            good += line.good
            total += line.total
            unplanned += line.unplanned
            grams += line.grams
            flags.formUnion(line.flags)
        }
        let dual = lines.filter(\.isDual)
        let (entered, left) = (dual.reduce(0) { $0 + $1.produced }, dual.reduce(0) { $0 + $1.good })
        scrap = max(0, entered - left)
        let rated = lines.filter(\.hasRate)
        if !rated.isEmpty { ideal = rated.reduce(0) { $0 + ($1.ideal ?? 0) } }
        if planned == 0 { ideal = ideal ?? 0 }
        waterfall(lines)
        if planned == 0 { flags.insert("no_planned_time") } else { ratios(rated, dual, entered: entered, left: left) }
        let weighed = lines.filter { $0.nominalGrams != nil }
        let nominal = weighed.reduce(0) { $0 + ($1.nominalGrams ?? 0) }
        if nominal > 0 { weightEfficiency = Double(weighed.reduce(0) { $0 + $1.weighedGrams }) / nominal }
    }

    private mutating func waterfall(_ lines: [SlowFigures]) {
        guard lines.allSatisfy({ $0.planned == 0 || $0.hasRate }) else { return }
        idealRunning = lines.reduce(0) { $0 + ($1.idealRunning ?? 0) }
        idealGood = lines.reduce(0) { $0 + ($1.idealGood ?? 0) }
    }

    private mutating func ratios(_ rated: [SlowFigures], _ dual: [SlowFigures], entered: Int, left: Int) {
        let availability = Self.seconds(running) / Self.seconds(planned)
        self.availability = availability
        let ratedRunning = rated.reduce(0) { $0 + $1.running }
        let weights = rated.map { min($0.ideal ?? 0, Self.seconds($0.running)) }
        let weight = weights.reduce(0, +)
        if ratedRunning > 0, let ideal {
            performance = weight / Self.seconds(ratedRunning)
            rawPerformance = ideal / Self.seconds(ratedRunning)
        }
        if entered > 0, dual.contains(where: { $0.quality != nil }) { rawQuality = Double(left) / Double(entered) }
        if weight > 0 {
            if zip(rated, weights).contains(where: { $0.0.quality != nil && $0.1 > 0 }) {
                quality = zip(rated, weights).reduce(0) { $0 + $1.1 * ($1.0.quality ?? 1) } / weight
            }
        } else {
            quality = rawQuality.map { min($0, 1) }
        }
        if availability == 0 { oee = 0 } else { oee = performance.map { availability * $0 * (quality ?? 1) } }
        if calendar > 0 { teep = oee.map { $0 * Double(planned) / Double(calendar) } }
        if stops > 0 {
            meanTimeBetweenStops = Self.seconds(running) / Double(stops)
            meanStop = Self.seconds(stopDowntime) / Double(stops)
        }
        if let rawQuality, rawQuality > 1 { flags.insert("quality_over_one") }
        if let rawPerformance, rawPerformance > 1 { flags.insert("performance_over_one") }
    }
}
