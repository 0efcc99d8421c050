import ManufacturingKPI
import Shared

/// One case answered by the engine and by the second implementation, and every difference between the two answers.
struct PlantComparison {
    private(set) var differences: [String] = []
    /// Flags and kinds of stops that came up, to see that the cases are worth their time.
    private(set) var seen: Set<String> = []

    init(_ plant: PlantCase, zones: [String: TimeZoneRules]) throws {
        var engines: [LineIndicators] = []
        var slows: [SlowFigures] = []
        for line in plant.lines {
            guard let zone = zones[line.zone], let clock = SlowClock.all[line.zone] else {
                differences.append("no zone \(line.zone)")
                return
            }
            let engine = try EngineAnswer(plant, line, zone)
            let period = SlowPeriod(from: plant.from, to: plant.to, clock)
            let window = Stretch(
                start: min(line.commissioned, period.time.start) - 3 * SlowClock.day,
                end: max(plant.now, period.time.end) + 3 * SlowClock.day)
            let calendar = SlowCalendar(plant, line, clock, window: window)
            let time = calendar.time(of: period, shift: plant.shift, now: plant.now)
            let own = calendar.planned(in: Stretch(start: window.start, end: window.end), now: plant.now)
            let stops = SlowStops(line, threshold: plant.threshold, ownPlanned: own, now: plant.now)
            let figures = SlowFigures(
                line, time, stops, isContinuous: calendar.isContinuous && plant.shift == nil)
            let name = "line \(line.id)"
            compare(name, engine, period, time)
            compare(name, engine, calendar, period, plant)
            compare(name, engine.stops, stops, engine.time.planned, time.planned)
            compare(name, engine.stops, stops, engine.time.planned, time.planned, plant.categories)
            engines.append(try engine.indicators)
            slows.append(figures)
            compare(name, try engine.indicators, figures)
        }
        compare("total", .combine(engines), SlowFigures(totalOf: slows))
    }

    private mutating func expect<Value: Equatable>(_ what: String, _ engine: Value, _ second: Value) {
        if engine != second { differences.append("\(what): engine \(engine), second \(second)") }
    }

    private mutating func near(_ what: String, _ engine: Double?, _ second: Double?, within: Double = 0) {
        if engine == nil, second == nil { return }
        if let engine, let second {
            let tolerance = max(within, 1e-12 * max(abs(engine), abs(second)))
            if abs(engine - second) <= tolerance { return }
        }
        differences.append("\(what): engine \(engine as Any), second \(second as Any)")
    }

    // MARK: Time

    private mutating func compare(
        _ name: String, _ engine: EngineAnswer, _ period: SlowPeriod, _ time: SlowCalendar.Time
    ) {
        expect("\(name) period asked for", Stretch(engine.period.interval), period.time)
        expect("\(name) period", Stretch(engine.time.period), time.period)
        expect("\(name) planned", engine.time.planned.intervals.map { Stretch($0) }, time.planned)
        expect("\(name) counted", engine.time.counted.intervals.map { Stretch($0) }, time.counted)
        expect("\(name) all", engine.time.all.intervals.map { Stretch($0) }, time.all)
    }

    private mutating func compare(
        _ name: String, _ engine: EngineAnswer, _ calendar: SlowCalendar, _ period: SlowPeriod, _ plant: PlantCase
    ) {
        expect("\(name) continuous", engine.calendar.isContinuous, calendar.isContinuous)
        // Looking back by minutes, one by one, takes too long.
        guard period.time.length >= 4 * 60 * SlowClock.minute else { return }
        let found = engine.calendar.comparisonPeriod(
            for: engine.period, shift: plant.shift.map { ShiftID($0) }, now: Instant(microseconds: plant.now))
        let expected = calendar.comparison(of: period, shift: plant.shift, now: plant.now)
        expect("\(name) compared with", (found?.period.interval).map { Stretch($0) }, expected?.period.time)
        expect("\(name) compared at", found?.asOf.microseconds, expected?.now)
        if expected != nil { seen.insert("comparison") }
    }

    // MARK: Stops

    private struct Listed: Equatable {
        var time: Stretch
        var isOngoing: Bool
        var registered: Int64?
        var isMicro: Bool
        var inPeriod: Int64
        var planned: Int64
        var incident: Int64?
        var reason: String?
    }

    private mutating func compare(
        _ name: String, _ engine: StopTimeline, _ second: SlowStops, _ planned: IntervalSet, _ time: [Stretch]
    ) {
        let mine = engine.stops(planned: planned).map { stop in
            Listed(
                time: Stretch(stop.interval), isOngoing: stop.isOngoing, registered: stop.id?.rawValue,
                isMicro: stop.kind == .micro, inPeriod: stop.plannedInPeriod, planned: stop.plannedDuration,
                incident: stop.cause?.incident?.rawValue, reason: stop.cause?.reason)
        }
        var listed: [Listed] = []
        var remainders: [Stretch] = []
        var remainderTime: Int64 = 0
        for piece in second.pieces {
            let inPeriod = time.shared(with: piece.time)
            guard inPeriod > 0 else { continue }
            seen.insert("\(piece.kind)")
            if piece.isOngoing { seen.insert("ongoing") }
            if piece.registered == nil, piece.cause != nil { seen.insert("cause") }
            guard piece.kind != .remainder else {
                remainders.append(piece.time)
                remainderTime += inPeriod
                continue
            }
            listed.append(
                Listed(
                    time: piece.time, isOngoing: piece.isOngoing, registered: piece.registered,
                    isMicro: piece.kind == .micro, inPeriod: inPeriod, planned: piece.planned,
                    incident: piece.cause?.incident, reason: piece.cause?.reason))
        }
        expect("\(name) stops", mine, listed)
        expect("\(name) remainders", engine.remainders(planned: planned).map { Stretch($0) }, remainders)
        let analysis = engine.analysis(planned: planned)
        expect("\(name) remainder time", analysis.remainderDowntime, remainderTime)
        expect("\(name) total duration", analysis.totalDuration, listed.reduce(0) { $0 + $1.time.length })
        expect(
            "\(name) micro-stop time", analysis.microStopDowntime,
            listed.reduce(0) { $0 + ($1.isMicro ? $1.inPeriod : 0) })
    }

    private mutating func compare(
        _ name: String, _ engine: StopTimeline, _ second: SlowStops, _ planned: IntervalSet, _ time: [Stretch],
        _ categories: [Int64: LossCategory]
    ) {
        var known: [IncidentID: LossCategory] = [:]
        for (incident, category) in categories { known[IncidentID(incident)] = category }
        let mine = DowntimeByCategory(engine, planned: planned, categories: known)
        var expected: [LossCategory: Int64] = [:]
        var unexplained: Int64 = 0
        for piece in second.pieces {
            let inPeriod = time.shared(with: piece.time)
            if let incident = piece.cause?.incident, let category = categories[incident] {
                expected[category, default: 0] += inPeriod
            } else {
                expected[.breakdown, default: 0] += inPeriod
                unexplained += inPeriod
            }
        }
        for category in LossCategory.allCases {
            expect("\(name) \(category)", mine[category], expected[category] ?? 0)
        }
        expect("\(name) unexplained", mine.unexplained, unexplained)
    }

    // MARK: Figures

    private mutating func compare(_ name: String, _ engine: LineIndicators, _ second: SlowFigures) {
        let sums = engine.sums
        expect("\(name) calendar time", sums.calendar, second.calendar)
        expect("\(name) planned time", sums.planned, second.planned)
        expect("\(name) downtime", sums.downtime, second.downtime)
        expect("\(name) running time", engine.runtime, second.running)
        expect("\(name) unobserved", sums.unobserved, second.unobserved)
        expect("\(name) number of stops", sums.stops, second.stops)
        expect("\(name) number of micro-stops", sums.microStops, second.microStops)
        expect("\(name) stop time", sums.stopDowntime, second.stopDowntime)
        expect("\(name) produced", sums.produced, second.produced)
        expect("\(name) good", sums.good, second.good)
        expect("\(name) total production", sums.totalProduction, second.total)
        expect("\(name) unplanned production", sums.unplannedProduction, second.unplanned)
        expect("\(name) grams", sums.weightGrams, second.grams)
        expect("\(name) scrap", engine.scrap, second.scrap)
        near("\(name) ideal", engine.idealSeconds.value, second.ideal)
        near("\(name) availability", engine.availability.value, second.availability)
        near("\(name) performance", engine.performance.value, second.performance)
        near("\(name) quality", engine.quality.value, second.quality)
        near("\(name) oee", engine.oee.value, second.oee)
        near("\(name) teep", engine.teep.value, second.teep)
        near("\(name) raw performance", engine.rawPerformance.value, second.rawPerformance)
        near("\(name) raw quality", engine.rawQuality.value, second.rawQuality)
        near("\(name) mtbf", engine.meanTimeBetweenStops.value, second.meanTimeBetweenStops)
        near("\(name) mttr", engine.meanStop.value, second.meanStop)
        near("\(name) weight efficiency", engine.weightEfficiency.value, second.weightEfficiency)
        expect("\(name) flags", engine.flags.names.sorted(), second.flags.sorted())
        seen.formUnion(second.flags)
        let waterfall = LossWaterfall(engine)
        expect(
            "\(name) waterfall", [waterfall.calendar, waterfall.planned, waterfall.running],
            [second.calendar, second.planned, second.running])
        near(
            "\(name) ideal of the waterfall", waterfall.ideal.map { Double($0) },
            second.idealRunning.map { $0 * 1_000_000 }, within: 1)
        near(
            "\(name) good of the waterfall", waterfall.good.map { Double($0) },
            second.idealGood.map { $0 * 1_000_000 }, within: 1)
    }
}
