/// When a line is meant to work, told instant by instant (domain §2).
struct SlowCalendar {
    struct Instance {
        var shift: Int64
        /// Start day, counted since 1970.
        var day: Int64
        var time: Stretch
        var pauses: [Stretch]

        func works(at instant: Int64) -> Bool { time.contains(instant) && !pauses.contains(instant: instant) }
    }

    let clock: SlowClock
    let line: PlantCase.Line
    /// No shift applies, active or not.
    let isContinuous: Bool
    /// Of active shifts, over the window.
    let instances: [Instance]
    let closed: [Stretch]
    let extra: [Stretch]

    /// - Parameter window: all that will be asked for lies within.
    init(_ plant: PlantCase, _ line: PlantCase.Line, _ clock: SlowClock, window: Stretch) {
        self.clock = clock
        self.line = line
        func applies(_ version: PlantCase.ShiftVersion) -> Bool {
            (version.plant == nil || version.plant == line.plant) && (version.lines?.contains(line.id) ?? true)
        }
        let applying = plant.shifts.filter { $0.versions.contains { applies($0.value) } }
        isContinuous = applying.isEmpty
        var instances: [Instance] = []
        for shift in applying {
            for day in (clock.day(at: window.start) - 2)...(clock.day(at: window.end) + 2) {
                // 1970-01-01 was a Thursday.
                let weekday = Int((day + 3) % 7) + 1
                for dated in shift.versions {
                    let version = dated.value
                    guard version.isActive, applies(version), version.days.contains(weekday) else { continue }
                    let start = clock.instant(day: day, minute: version.start)
                    let end = clock.instant(
                        day: day, minute: version.end <= version.start ? version.end + 1_440 : version.end)
                    // The version valid at the instance's start makes it.
                    let isBegun = dated.from.map { $0 <= start } ?? true
                    let isOver = shift.versions.contains { other in
                        guard let from = other.from, from <= start else { return false }
                        return dated.from.map { $0 < from } ?? true
                    }
                    guard isBegun, !isOver, start < end else { continue }
                    let pauses = version.pauses.map { pause in
                        let from = pause.start < version.start ? pause.start + 1_440 : pause.start
                        let to = from + (pause.end - pause.start + 1_440) % 1_440
                        return Stretch(
                            start: clock.instant(day: day, minute: from), end: clock.instant(day: day, minute: to))
                    }
                    instances.append(
                        Instance(shift: shift.id, day: day, time: Stretch(start: start, end: end), pauses: pauses))
                }
            }
        }
        self.instances = instances
        let own = plant.exceptions.filter { $0.plant == line.plant && ($0.line == nil || $0.line == line.id) }
        closed = own.filter { !$0.isExtra }.map(\.time)
        extra = own.filter(\.isExtra).map(\.time)
    }

    func isInCommission(_ instant: Int64) -> Bool {
        line.commissioned <= instant && (line.decommissioned.map { instant < $0 } ?? true)
    }

    func isPlanned(_ instant: Int64) -> Bool {
        guard isInCommission(instant) else { return false }
        if extra.contains(instant: instant) { return true }
        if closed.contains(instant: instant) { return false }
        return isContinuous || instances.contains { $0.works(at: instant) }
    }

    /// All instants at which something begins or ends.
    var edges: [Int64] {
        instances.flatMap { [$0.time.start, $0.time.end] + $0.pauses.edges } + closed.edges + extra.edges
            + [line.commissioned, line.decommissioned].compactMap { $0 }
    }

    /// The line's own planned time before now.
    func planned(in stretch: Stretch, now: Int64) -> [Stretch] {
        stretch.parts(changingAt: edges + [now]) { $0 < now && isPlanned($0) }
    }

    /// The time a line's figures are taken over.
    struct Time {
        /// The period cut at now.
        var period: Stretch
        var planned: [Stretch]
        /// Where production is counted as produced and good.
        var counted: [Stretch]
        /// Where production is counted at all.
        var all: [Stretch]
        var isOfShift = false

        /// From the first to the last instant that counts.
        var hull: Stretch {
            Stretch(start: all.first?.start ?? period.start, end: all.last?.end ?? period.end)
        }
    }

    func time(of period: SlowPeriod, shift: Int64?, now: Int64) -> Time {
        let cut = Stretch(start: period.time.start, end: max(period.time.start, min(period.time.end, now)))
        guard let shift else {
            let planned = planned(in: cut, now: now)
            return Time(period: cut, planned: planned, counted: planned, all: cut.length > 0 ? [cut] : [])
        }
        let chosen = instances.filter { instance in
            guard instance.shift == shift else { return false }
            return period.days.map { $0.contains(instance.day) } ?? true
        }
        func isWanted(_ instant: Int64) -> Bool {
            instant < now && (period.days != nil || period.time.contains(instant))
        }
        // Whole instances reach past the dates they belong to.
        let wide = Stretch(start: period.time.start - 3 * SlowClock.day, end: period.time.end + 3 * SlowClock.day)
        let edges = edges + [now, period.time.start, period.time.end]
        let counted = wide.parts(changingAt: edges) { instant in
            isWanted(instant) && chosen.contains { $0.time.contains(instant) }
        }
        let planned = wide.parts(changingAt: edges) { instant in
            isWanted(instant) && isInCommission(instant) && !closed.contains(instant: instant)
                && chosen.contains { $0.works(at: instant) }
        }
        let all = wide.parts(changingAt: edges) { cut.contains($0) || counted.contains(instant: $0) }
        return Time(period: cut, planned: planned, counted: counted, all: all, isOfShift: true)
    }
}
