import Shared

/// What the cameras of one line see of the units that enter it on one local day.
///
/// The line runs near its rate while it works and has an order. Micro-stops, breakdowns and slow phases come by its
/// running time. A stop freezes the units on the line; the last ones leave it before a break or the end of the work.
struct LineDay {
    /// How often and how long a line stands still or runs slowly, in seconds.
    private enum Habit {
        static let untilMicroStop = (low: 360.0, high: 1_080.0)
        /// One in five is too short for most thresholds.
        static let microStop = (low: 20.0, likeliest: 61.0, high: 280.0)
        static let meanUntilBreakdown = 6 * 3_600.0
        static let breakdown = (low: 300.0, mean: 900.0, high: 4_500.0)
        static let phase = (low: 300.0, high: 2_400.0)
        static let slowShare = 0.4
        static let slowness = (low: 1.05, high: 1.35)
        static let jitter = (low: 0.86, high: 1.16)
    }

    /// A unit that entered: when, by the clock and by the line's running time in seconds.
    private struct Unit {
        let at: Instant
        let running: Double
        let product: SimulatedLine.Product
    }

    /// From `running` seconds of running time on, the clock goes on from `at`.
    private struct Mark {
        let running: Double
        let at: Instant
    }

    private let line: SimulatedLine
    private var random: SeededRandom
    private var running = 0.0
    private var clock: Instant
    private var units: [Unit] = []
    private var marks: [Mark]
    private var untilMicroStop: Double
    private var untilBreakdown: Double
    private var phaseEnd = 0.0
    private var slowness = 1.0
    /// Units that a last stop kept on the line are taken off it when the work ends.
    private var workEnd: Instant

    /// In the order of time. Units that enter just before midnight may leave just after it.
    static func detections(of line: SimulatedLine, on date: LocalDate) -> [SimulatedDetection] {
        var day = LineDay(line, date)
        day.run(date)
        return day.detections()
    }

    private init(_ line: SimulatedLine, _ date: LocalDate) {
        self.line = line
        random = line.random("day", date)
        clock = line.zone.start(of: date)
        marks = [Mark(running: 0, at: clock)]
        workEnd = clock
        untilMicroStop = random.between(Habit.untilMicroStop.low, Habit.untilMicroStop.high)
        untilBreakdown = random.exponential(mean: Habit.meanUntilBreakdown)
    }

    private mutating func run(_ date: LocalDate) {
        let day = Interval(start: line.zone.start(of: date), end: line.zone.start(of: date + 1))
        let orders = line.orders(around: date)
        // A look past midnight tells whether the work goes on there.
        let ahead = Interval(start: day.start, end: day.end + Instant.microsecondsPerMinute * 5)
        for work in line.calendar.work(in: ahead).intersection(line.commissioned).intervals where work.start < day.end {
            let emptied = work.end + (-Self.microseconds(line.transit * 1.1))
            pass(to: work.start)
            while clock < min(day.end, emptied) {
                guard let order = orders.order(at: clock) else { break }
                if clock < order.ready {
                    pass(to: order.ready)
                } else {
                    step(line.products[order.product])
                }
            }
            drain(until: work.end)
            workEnd = work.end
        }
    }

    /// Lets the units on the line reach its end while no new ones enter.
    private mutating func drain(until end: Instant) {
        guard clock < end else { return }
        running += Double(end - clock) / 1e6
        clock = end
    }

    /// Makes one unit, or stands still.
    private mutating func step(_ product: SimulatedLine.Product) {
        if running >= untilBreakdown {
            untilBreakdown = running + random.exponential(mean: Habit.meanUntilBreakdown)
            let length = Habit.breakdown.low + random.exponential(mean: Habit.breakdown.mean)
            return pass(to: clock + Self.microseconds(min(Habit.breakdown.high, length)))
        }
        if running >= untilMicroStop {
            untilMicroStop = running + random.between(Habit.untilMicroStop.low, Habit.untilMicroStop.high)
            let isShort = random.happens(0.2)
            let low = isShort ? Habit.microStop.low : Habit.microStop.likeliest
            let high = isShort ? Habit.microStop.likeliest : Habit.microStop.high
            // Squared: short ones are more frequent than long ones.
            let part = random.unit()
            return pass(to: clock + Self.microseconds(low + (high - low) * part * part))
        }
        if running >= phaseEnd {
            phaseEnd = running + random.between(Habit.phase.low, Habit.phase.high)
            slowness =
                random.happens(Habit.slowShare) ? random.between(Habit.slowness.low, Habit.slowness.high) : 1
        }
        let cycle = 60 / product.rate * line.wear * slowness * random.between(Habit.jitter.low, Habit.jitter.high)
        running += cycle
        clock = clock + Self.microseconds(cycle)
        units.append(Unit(at: clock, running: running, product: product))
    }

    /// Lets the clock go on while the line stands still.
    private mutating func pass(to instant: Instant) {
        guard instant > clock else { return }
        clock = instant
        marks.append(Mark(running: running, at: instant))
    }

    private mutating func detections() -> [SimulatedDetection] {
        let transit = line.transit
        var detections: [SimulatedDetection] = []
        detections.reserveCapacity(units.count * (2 + line.process.count))
        func see(_ unit: Unit, in area: Int64, at instant: Instant) {
            // A camera's clock ticks in milliseconds.
            let at = Instant(microseconds: instant.microseconds / 1_000 * 1_000)
            guard at < workEnd else { return }
            detections.append(SimulatedDetection(at: at, line: line.id, area: area, product: unit.product.id))
        }
        for unit in units {
            if let input = line.input { see(unit, in: input, at: unit.at) }
            let isLost = random.happens(line.loss(of: unit.product))
            let way = transit * random.between(0.96, 1.04)
            for (index, area) in line.process.enumerated() {
                let part = Double(index + 1) / Double(line.process.count + 1)
                see(unit, in: area, at: clock(atRunning: unit.running + way * part))
            }
            if !isLost { see(unit, in: line.output, at: clock(atRunning: unit.running + way)) }
        }
        detections.sort { ($0.at, $0.area, $0.product) < ($1.at, $1.area, $1.product) }
        return Self.oneAtATime(detections)
    }

    /// A camera sees no two units at once; that also gives each detection a name of its own.
    private static func oneAtATime(_ detections: [SimulatedDetection]) -> [SimulatedDetection] {
        var last: [Int64: Instant] = [:]
        return detections.map { seen in
            let at = last[seen.area].map { max(seen.at, $0 + 1_000) } ?? seen.at
            last[seen.area] = at
            return SimulatedDetection(at: at, line: seen.line, area: seen.area, product: seen.product)
        }
    }

    private func clock(atRunning running: Double) -> Instant {
        var low = 0
        var high = marks.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if marks[middle].running <= running { low = middle } else { high = middle }
        }
        return marks[low].at + Self.microseconds(running - marks[low].running)
    }

    private static func microseconds(_ seconds: Double) -> Int64 {
        Int64(seconds * 1e6)
    }
}
