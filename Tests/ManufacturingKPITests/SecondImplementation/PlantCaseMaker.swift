import Shared

/// Makes random plants around a change of clocks, with what is hard crowded into a few days.
struct PlantCaseMaker {
    private var random: SeededGenerator
    /// What is asked for lies around here.
    private var middle: Int64 = 0
    /// Of plant 1 and plant 2.
    private var zones: [String] = []

    /// The case of a seed. Its two plants are in different zones now and then.
    static func plant(seed: UInt64) -> PlantCase? {
        var maker = PlantCaseMaker(seed: seed)
        return maker.make()
    }

    private init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
    }

    /// Days of the window to either side of its middle.
    static let reach: Int64 = 5

    private static let hour: Int64 = 60 * SlowClock.minute

    // MARK: Dice

    private mutating func oneIn(_ count: Int) -> Bool { Int.random(in: 0..<count, using: &random) == 0 }

    private mutating func pick<Value>(_ values: [Value]) -> Value {
        values[Int.random(in: 0..<values.count, using: &random)]
    }

    private mutating func integer(_ range: ClosedRange<Int64>) -> Int64 { .random(in: range, using: &random) }

    private mutating func number(_ range: ClosedRange<Double>) -> Double { .random(in: range, using: &random) }

    private mutating func list<Value>(
        _ count: ClosedRange<Int>, _ make: (inout PlantCaseMaker) -> Value
    ) -> [Value] {
        (0..<Int.random(in: count, using: &random)).map { _ in make(&self) }
    }

    /// A whole minute in the window.
    private mutating func wholeMinute() -> Int64 {
        let reach = Self.reach * 1_440
        return (middle / SlowClock.minute + integer(-reach...reach)) * SlowClock.minute
    }

    /// Near the middle: whole hours and minutes, seconds, and any microsecond.
    private mutating func instant(within hours: Int64 = 40) -> Int64 {
        let any = middle + integer(-hours * Self.hour...hours * Self.hour)
        let unit = pick([1, 1_000_000, SlowClock.minute, Self.hour])
        return any / unit * unit
    }

    private mutating func stretch(upToHours hours: Int64) -> Stretch {
        let start = instant() / SlowClock.minute * SlowClock.minute
        return Stretch(start: start, end: start + integer(1...hours * 60) * SlowClock.minute)
    }

    private mutating func minuteOfDay() -> Int {
        let step: Int64 = pick([1, 15, 30, 60, 120])
        return Int(integer(0...1_440 / step - 1) * step)
    }

    /// Since ever and from later instants on, no two the same.
    private mutating func versions<Value>(
        _ count: ClosedRange<Int>, sinceEver: Bool, _ make: (inout PlantCaseMaker) -> Value
    ) -> [PlantCase.Dated<Value>] {
        var known: Set<Int64> = []
        var versions = list(count) { maker in
            let from = maker.oneIn(3) ? maker.instant() : maker.instant() / SlowClock.minute * SlowClock.minute
            return PlantCase.Dated(from: from, value: make(&maker))
        }
        if sinceEver, !versions.isEmpty { versions[0].from = nil }
        return versions.filter { version in version.from.map { known.insert($0).inserted } ?? true }
    }

    // MARK: The plant

    private mutating func make() -> PlantCase? {
        let zone = pick(SlowClock.names)
        zones = [zone, oneIn(4) ? pick(SlowClock.names) : zone]
        guard let clock = SlowClock.all[zone] else { return nil }
        // 2011-01-01 to 2026-06-01.
        let known = clock.changes.filter { 1_293_840_000_000_000 < $0 && $0 < 1_780_272_000_000_000 }
        middle =
            known.isEmpty || oneIn(4)
            ? integer(1_293_840_000_000_000...1_780_272_000_000_000) : pick(known) + integer(-30...30) * Self.hour
        middle = middle / SlowClock.minute * SlowClock.minute
        let (from, to) = bounds(clock)
        let shifts = (Int64(1)...4).filter { _ in !oneIn(3) }.map { shift($0) }
        return PlantCase(
            now: oneIn(3) ? instant() : middle + Self.reach * SlowClock.day + integer(0...Self.hour),
            from: from, to: to, shift: oneIn(4) ? integer(1...4) : nil,
            threshold: oneIn(5) ? pick([1, 10, 59, 60, 299, 300, 301, 900, 4_000, 86_400]) * 1_000_000 : nil,
            shifts: oneIn(5) ? [] : shifts, exceptions: list(0...3) { $0.exception() },
            lines: (Int64(1)...pick([1, 1, 2, 3])).map { line($0) },
            categories: [1: .material, 2: .changeover, 3: .breakdown]
        )
    }

    private mutating func bounds(_ clock: SlowClock) -> (PlantCase.Bound, PlantCase.Bound) {
        let day = clock.day(at: middle) + integer(-1...1)
        let last = day + integer(0...2)
        let time = instant()
        let isSameEverywhere = zones[0] == zones[1]
        switch integer(0...7) {
        case 0: return (.date(day), .date(last))
        case 1: return (.date(day), .clock(last, 1_439))
        case 2: return (.clock(day, 0), .clock(last, 1_439))
        case 3:
            let start = minuteOfDay()
            return (.clock(day, start), .clock(last, last == day ? max(start, minuteOfDay()) : minuteOfDay()))
        case 4 where isSameEverywhere: return (.clock(day, minuteOfDay()), .date(last))
        case 5 where isSameEverywhere:
            return (.instant(clock.instant(day: day, minute: minuteOfDay())), .date(last))
        case 6: return (.instant(time), .instant(time + integer(0...3_000) * SlowClock.minute))
        default: return (.instant(time), .instant(time + integer(0...60 * Self.hour)))
        }
    }

    private mutating func shift(_ id: Int64) -> PlantCase.Shift {
        let dates = !oneIn(6)
        return PlantCase.Shift(
            id: id,
            versions: versions(1...3, sinceEver: dates) { maker in
                let (start, end) = (maker.minuteOfDay(), maker.oneIn(8) ? 0 : maker.minuteOfDay())
                let length = (end - start + 1_439) % 1_440 + 1
                return PlantCase.ShiftVersion(
                    plant: maker.oneIn(5) ? maker.pick([1, 1, 2]) : nil,
                    lines: maker.oneIn(4) ? Set(maker.list(1...2) { $0.integer(1...3) }) : nil,
                    days: maker.oneIn(2) ? Set(1...7) : Set(maker.list(0...6) { Int($0.integer(1...7)) }),
                    start: start, end: end,
                    pauses: maker.list(0...2) { maker in
                        // Inside the shift, in whichever order.
                        let from = Int(maker.integer(0...Int64(length) - 1))
                        let to = min(length, from + Int(maker.integer(1...min(Int64(length), 90))))
                        return PlantCase.Pause(start: (start + from) % 1_440, end: (start + to) % 1_440)
                    },
                    isActive: !maker.oneIn(8)
                )
            }
        )
    }

    private mutating func exception() -> PlantCase.Exception {
        PlantCase.Exception(
            plant: oneIn(4) ? 2 : 1, line: oneIn(3) ? integer(1...3) : nil, isExtra: oneIn(3),
            time: stretch(upToHours: 30))
    }

    // MARK: A line

    private mutating func line(_ id: Int64) -> PlantCase.Line {
        let plant: Int64 = id > 1 && oneIn(3) ? 2 : 1
        let threshold = Int64(1_000_000) * pick([1, 10, 60, 300, 900, 3_600, 14_400])
        let rates: [Double?] = oneIn(4) ? [nil, 0, 2, 7.5] : [2, 7.5, number(0.05...3), number(0.05...60)]
        let commissioned: Int64
        switch integer(0...9) {
        case 0: commissioned = middle - 4 * SlowClock.day
        case 1...2: commissioned = instant() / SlowClock.minute * SlowClock.minute
        default: commissioned = middle - Self.reach * SlowClock.day
        }
        let areas = [AreaType.input, .process, .output, .output].enumerated().compactMap { index, type in
            oneIn(4) ? nil : PlantCase.Area(id: 10 * id + Int64(index), type: type)
        }
        return PlantCase.Line(
            id: id, plant: plant, zone: zones[Int(plant) - 1],
            versions: versions(1...3, sinceEver: !oneIn(8)) { maker in
                let own = maker.oneIn(2) ? threshold : threshold * 2
                return PlantCase.LineVersion(
                    rate: maker.pick(rates), threshold: own,
                    micro: maker.oneIn(2) ? own + maker.integer(1...2 * own) : nil)
            },
            detectsStops: !oneIn(8), commissioned: commissioned,
            decommissioned: oneIn(6)
                ? (max(commissioned, instant()) / SlowClock.minute + integer(1...1_440)) * SlowClock.minute : nil,
            areas: areas, products: products(),
            detections: areas.isEmpty ? [] : detections(areas, threshold: threshold),
            registered: oneIn(2) ? [] : registered(),
            removed: oneIn(3) ? list(1...2) { $0.stretch(upToHours: 5) } : [],
            attached: oneIn(2) ? [] : attached(),
            unobserved: oneIn(5) ? list(1...2) { $0.stretch(upToHours: 20) } : []
        )
    }

    private mutating func products() -> [PlantCase.Product] {
        (Int64(1)...3).map { id in
            PlantCase.Product(
                id: id, weights: oneIn(4) ? [] : versions(1...3, sinceEver: !oneIn(4)) { $0.integer(0...5_000) },
                rates: oneIn(2) ? [] : versions(1...3, sinceEver: oneIn(2)) { $0.number(0.05...20) })
        }
    }

    /// Bursts with gaps around the threshold, ties, and now and then hours of steady work.
    private mutating func detections(_ areas: [PlantCase.Area], threshold: Int64) -> [PlantCase.Detection] {
        var times: [Int64] = []
        for _ in 0..<integer(0...5) {
            var time = oneIn(6) ? wholeMinute() : instant()
            for _ in 0..<integer(1...12) {
                times.append(time)
                let near = [-1, 0, 0, 1].map { threshold + $0 }
                time += pick(near + [0, 0, 1, 500_000, 20_000_000, threshold / 2, 2 * threshold, 2 * threshold + 1])
            }
        }
        if oneIn(2) {
            var time = instant()
            let spacing = integer(1_000_000...10 * SlowClock.minute)
            for _ in 0..<integer(1...80) {
                times.append(time)
                time += integer(spacing / 2...spacing * 3 / 2)
            }
        }
        let fewProducts = oneIn(2) ? Int64(1) : 3
        let detections = times.map { time in
            PlantCase.Detection(at: time, area: pick(areas), product: integer(1...fewProducts))
        }
        return detections.shuffled(using: &random)
    }

    private mutating func cause() -> PlantCase.Cause {
        PlantCase.Cause(
            incident: oneIn(3) ? nil : integer(1...4), reason: oneIn(2) ? nil : "reason \(integer(1...9))",
            given: integer(0...1_000_000_000_000))
    }

    /// Disjoint, the last one perhaps open.
    private mutating func registered() -> [PlantCase.Registered] {
        var stops: [PlantCase.Registered] = []
        var time = instant()
        for id in Int64(1)...integer(1...4) {
            let end = oneIn(5) ? nil : time + pick([integer(1...1_000), integer(1...4 * Self.hour)])
            stops.append(
                PlantCase.Registered(id: id, start: time, end: end, cause: oneIn(2) ? cause() : nil))
            guard let end else { break }
            time = end + (oneIn(4) ? 0 : integer(1...6 * Self.hour))
        }
        return stops
    }

    private mutating func attached() -> [PlantCase.Attached] {
        list(1...5) { maker in
            PlantCase.Attached(time: maker.stretch(upToHours: 12), cause: maker.cause())
        }
    }
}
