import Foundation
import ManufacturingKPI
import Shared
import Testing

/// Planned time against a second implementation that asks of every single minute whether it is planned, with the zones
/// of Foundation.
@Suite("Planned time, minute by minute")
struct PlannedTimePropertyTests {
    private static let zones = [
        "Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "America/Argentina/Buenos_Aires", "Asia/Kolkata",
        "America/Havana",
    ]

    @Test("random shifts, versions, breaks and exceptions", arguments: zones)
    func random(zone name: String) throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = Generator(state: seed)
        for round in 0..<12 {
            let plan = try Plan(zone: name, generator: &generator)
            let expected = plan.plannedMinutes()
            let planned = plan.calendar.plannedTime(in: plan.interval, now: plan.now)
            guard planned == expected else {
                Issue.record(
                    """
                    seed \(seed) round \(round) \(name) \(plan.interval)
                    more: \(planned.subtracting(expected).intervals)
                    less: \(expected.subtracting(planned).intervals)
                    """
                )
                return
            }
            // Two adjacent periods add up to the whole, wherever they meet.
            let meeting = plan.interval.start + .random(in: 0...plan.interval.length, using: &generator)
            let left = plan.calendar.plannedTime(in: Interval(start: plan.interval.start, end: meeting), now: plan.now)
            let right = plan.calendar.plannedTime(in: Interval(start: meeting, end: plan.interval.end), now: plan.now)
            #expect(left.union(right) == planned && left.length + right.length == planned.length, "seed \(seed)")
            // The shifts' own times make up the planned time of a line without extra.
            if plan.extras.isEmpty, !plan.calendar.isContinuous {
                let union = plan.calendar.shifts.reduce(IntervalSet()) { union, shift in
                    union.union(plan.calendar.time(of: shift.id, in: Period(plan.interval), now: plan.now).planned)
                }
                #expect(union == planned, "seed \(seed) round \(round)")
            }
        }
    }

    /// SplitMix64.
    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = state
            value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
            return value ^ (value >> 31)
        }
    }

    /// A random calendar around a change of clocks and ten days of it, in whole minutes.
    private struct Plan {
        let zone: TimeZone
        let interval: Interval
        let now: Instant
        let shifts: [ShiftDefinition]
        let closures: [Interval]
        let extras: [Interval]
        let commissionedAt: Instant?
        let calendar: LineCalendar
        /// The first minute of `clocks`.
        let firstMinute: Int64
        /// What the clock shows at each minute, in minutes since its 1970.
        let clocks: [Int64]

        init(zone name: String, generator: inout Generator) throws {
            zone = try #require(TimeZone(identifier: name))
            let start = zone.nextDaylightSavingTimeTransition(
                after: Date(timeIntervalSince1970: .random(in: 1_600_000_000...1_900_000_000, using: &generator))
            )
            let middle = Int64(start?.timeIntervalSince1970 ?? 1_772_599_200) / 60
            let first = middle - .random(in: 0...14_400, using: &generator)
            let interval = Interval(start: Instant(minute: first), end: Instant(minute: first + 14_400))
            func minute(_ generator: inout Generator) -> Instant {
                Instant(minute: .random(in: (first - 1_440)...(first + 15_840), using: &generator))
            }
            func stretch(_ generator: inout Generator) -> Interval {
                let start = minute(&generator)
                return Interval(start: start, end: start + .random(in: 1...2_880, using: &generator) * 60_000_000)
            }
            func time(_ generator: inout Generator) throws -> LocalTime {
                // Often a round time, so that ends touch and meet the clocks' changes.
                let step = [1, 30, 60, 120].randomElement(using: &generator) ?? 1
                return try #require(LocalTime(minuteOfDay: .random(in: 0..<(1_440 / step), using: &generator) * step))
            }
            var shifts: [ShiftDefinition] = []
            for id in 0..<Int64.random(in: 0...4, using: &generator) {
                var versions: [ShiftVersion] = []
                for number in 0..<Int.random(in: 1...3, using: &generator) {
                    let (start, end) = (try time(&generator), try time(&generator))
                    var breaks: [ShiftBreak] = []
                    for _ in 0..<Int.random(in: 0...3, using: &generator) {
                        let shiftBreak = ShiftBreak(name: "", start: try time(&generator), end: try time(&generator))
                        if ShiftVersion.fault(of: shiftBreak, inShiftFrom: start, to: end) == nil {
                            breaks.append(shiftBreak)
                        }
                    }
                    versions.append(
                        ShiftVersion(
                            validFrom: number == 0 && Bool.random(using: &generator) ? nil : minute(&generator),
                            plant: Int.random(in: 0..<6, using: &generator) == 0 ? PlantID(2) : nil,
                            lines: Bool.random(using: &generator) ? nil : [LineID(1)],
                            days: Weekdays(rawValue: UInt8.random(in: 0...127, using: &generator)), start: start,
                            end: end, breaks: breaks, isActive: Int.random(in: 0..<6, using: &generator) != 0
                        )
                    )
                }
                shifts.append(ShiftDefinition(id: ShiftID(id + 1), versions: versions))
            }
            var closures: [Interval] = []
            var extras: [Interval] = []
            for _ in 0..<Int.random(in: 0...3, using: &generator) { closures.append(stretch(&generator)) }
            for _ in 0..<Int.random(in: 0...2, using: &generator) { extras.append(stretch(&generator)) }
            self.commissionedAt = Bool.random(using: &generator) ? nil : minute(&generator)
            self.now = Bool.random(using: &generator) ? Instant.last : minute(&generator)
            self.interval = interval
            self.shifts = shifts
            self.closures = closures
            self.extras = extras
            func exceptions(_ kind: CalendarException.Kind, _ intervals: [Interval]) -> [CalendarException] {
                intervals.map { CalendarException(plant: PlantID(1), line: nil, kind: kind, name: "", interval: $0) }
            }
            calendar = LineCalendar(
                line: LineID(1), plant: PlantID(1), zone: try TimeZoneDatabase().rules(named: name), shifts: shifts,
                exceptions: exceptions(.closed, closures) + exceptions(.extra, extras), commissionedAt: commissionedAt,
                decommissionedAt: nil
            )
            firstMinute = first - 5 * 1_440
            let lastMinute = first + 15 * 1_440
            let zone = zone
            clocks = (firstMinute...lastMinute).map { minute in
                minute + Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(minute * 60)))) / 60
            }
        }

        /// The first minute at which the clock shows the time or a later one.
        func minute(ofClock clock: Int64) -> Int64 {
            firstMinute + Int64(clocks.firstIndex { $0 >= clock } ?? clocks.count)
        }

        /// One instance's minutes and which of them its breaks take.
        struct Working {
            let minutes: Range<Int64>
            let breaks: [Range<Int64>]
        }

        func plannedMinutes() -> IntervalSet {
            let applying = shifts.filter { $0.versions.contains { $0.plant == nil } }
            var working: [Working] = []
            let firstDay = (clocks.first ?? 0) / 1_440 + 2
            for shift in applying {
                for day in firstDay..<(firstDay + 17) {
                    for (index, version) in shift.versions.enumerated() {
                        // 1970-01-01 was a Thursday.
                        let weekday = (day + 3) % 7
                        guard version.isActive, version.plant == nil, version.days.rawValue >> weekday & 1 == 1 else {
                            continue
                        }
                        let startClock = day * 1_440 + Int64(version.start.minuteOfDay)
                        var endClock = day * 1_440 + Int64(version.end.minuteOfDay)
                        if endClock <= startClock { endClock += 1_440 }
                        let start = minute(ofClock: startClock)
                        let isBegun = version.validFrom.map { $0.minute <= start } ?? true
                        let isOver = shift.versions[(index + 1)...].contains { ($0.validFrom?.minute ?? .min) <= start }
                        guard isBegun, !isOver else { continue }
                        let breaks = version.breaks.map { pause in
                            var from = day * 1_440 + Int64(pause.start.minuteOfDay)
                            if from < startClock { from += 1_440 }
                            var to = from / 1_440 * 1_440 + Int64(pause.end.minuteOfDay)
                            if to < from { to += 1_440 }
                            return minute(ofClock: from)..<minute(ofClock: to)
                        }
                        working.append(Working(minutes: start..<minute(ofClock: endClock), breaks: breaks))
                    }
                }
            }
            var planned: [Interval] = []
            for minute in interval.start.minute..<interval.end.minute {
                let instant = Instant(minute: minute)
                guard instant < now, commissionedAt.map({ $0 <= instant }) ?? true else { continue }
                let isWorked =
                    applying.isEmpty
                    || working.contains { instance in
                        instance.minutes.contains(minute) && !instance.breaks.contains { $0.contains(minute) }
                    }
                let isClosed = closures.contains { $0.contains(instant) }
                if extras.contains(where: { $0.contains(instant) }) || (isWorked && !isClosed) {
                    planned.append(Interval(start: instant, end: Instant(minute: minute + 1)))
                }
            }
            return IntervalSet(union: planned)
        }
    }
}
