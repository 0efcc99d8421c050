package import Shared

/// When one line is meant to work: its shifts and exceptions in the zone of its plant.
package struct LineCalendar: Sendable {
    package let line: LineID
    package let zone: TimeZoneRules
    /// The shifts that apply to the line in any version, in order of their ids.
    package let shifts: [ShiftDefinition]
    /// The exceptions of kind `closed` that concern the line, in order of time; they may overlap.
    package let closures: [CalendarException]
    /// Nil: since ever.
    package let commissionedAt: Instant?
    /// Nil: still in commission.
    package let decommissionedAt: Instant?

    let closed: IntervalSet
    let extra: IntervalSet
    private let applying: [[Bool]]

    /// A calendar from all shifts and exceptions of the tenant; those of other plants and lines are left out.
    package init(
        line: LineID, plant: PlantID, zone: TimeZoneRules, shifts: [ShiftDefinition], exceptions: [CalendarException],
        commissionedAt: Instant?, decommissionedAt: Instant?
    ) {
        self.line = line
        self.zone = zone
        self.shifts = shifts.filter { $0.applies(to: line, of: plant) }.sorted { $0.id < $1.id }
        self.applying = self.shifts.map { shift in
            shift.versions.map { $0.isActive && $0.applies(to: line, of: plant) }
        }
        let own = exceptions.filter { $0.plant == plant && ($0.line.map { $0 == line } ?? true) }
        self.closures = own.filter { $0.kind == .closed && !$0.interval.isEmpty }
            .sorted { ($0.interval.start, $0.interval.end) < ($1.interval.start, $1.interval.end) }
        self.closed = IntervalSet(union: closures.map(\.interval))
        self.extra = IntervalSet(union: own.filter { $0.kind == .extra }.map(\.interval))
        self.commissionedAt = commissionedAt
        self.decommissionedAt = decommissionedAt
    }

    /// True for a line to which no shift applies, active or not: it is planned day and night.
    package var isContinuous: Bool { shifts.isEmpty }

    /// Planned time (PBT as a set) in the interval, cut at `now` and to the time in commission.
    package func plannedTime(in interval: Interval, now: Instant) -> IntervalSet {
        guard let cut = commissioned(interval, before: now) else { return IntervalSet() }
        var planned: IntervalSet
        if isContinuous {
            planned = IntervalSet(cut)
        } else {
            var pieces: [Interval] = []
            forEachInstance(of: nil, startingOn: days(reaching: cut)) { occurrence in
                guard occurrence.interval.overlaps(cut) else { return }
                appendWorkingTime(of: occurrence, to: &pieces)
            }
            planned = IntervalSet(union: pieces).intersection(cut)
        }
        if !closed.isEmpty { planned = planned.subtracting(closed) }
        if !extra.isEmpty { planned = planned.union(extra.intersection(cut)) }
        return planned
    }

    /// Whether any time in the interval is planned, cut as `plannedTime` is.
    func hasPlannedTime(in interval: Interval, now: Instant) -> Bool {
        // Hardly a week has none, so the rest is seldom worked out.
        let first = min(interval.end, interval.start + 7 * LocalDateTime.microsecondsPerDay)
        return !plannedTime(in: Interval(start: interval.start, end: first), now: now).isEmpty
            || first < interval.end
                && !plannedTime(in: Interval(start: first, end: interval.end), now: now).isEmpty
    }

    /// The time of one shift in a period.
    ///
    /// Of a period of whole local dates the instances that start on them are taken whole, otherwise they are cut to
    /// it. Extra time belongs to no shift. Empty for a shift that is inactive or does not apply to the line.
    package func time(of shift: ShiftID, in period: Period, now: Instant) -> ShiftTime {
        let instances: [ShiftInstance]
        if let dates = period.wholeDates {
            instances = shiftInstances(of: shift, startingOn: dates)
        } else {
            instances = shiftInstances(of: shift, overlapping: period.interval)
        }
        var counted: [Interval] = []
        var working: [Interval] = []
        for instance in instances {
            let wanted = period.wholeDates == nil ? instance.interval.intersection(period.interval) : instance.interval
            guard let wanted, wanted.start < now else { continue }
            counted.append(Interval(start: wanted.start, end: min(wanted.end, now)))
            guard let cut = commissioned(wanted, before: now) else { continue }
            var pieces: [Interval] = []
            Self.append(instance.interval, without: instance.breaks.lazy.map(\.interval), to: &pieces)
            working += pieces.compactMap { $0.intersection(cut) }
        }
        return ShiftTime(
            instances: instances, counted: IntervalSet(union: counted),
            planned: IntervalSet(union: working).subtracting(closed)
        )
    }

    /// The instances of active shifts that share time with the interval, by start and shift; `shift` nil: of all.
    package func shiftInstances(of shift: ShiftID? = nil, overlapping interval: Interval) -> [ShiftInstance] {
        instances(of: shift, startingOn: days(reaching: interval)) { $0.overlaps(interval) }
    }

    /// The instances of active shifts that start in the interval, by start and shift; `shift` nil: of all.
    package func shiftInstances(of shift: ShiftID? = nil, startingIn interval: Interval) -> [ShiftInstance] {
        instances(of: shift, startingOn: days(reaching: interval)) { interval.contains($0.start) }
    }

    /// The instances of active shifts whose start day is one of the dates, by start and shift; `shift` nil: of all.
    package func shiftInstances(of shift: ShiftID? = nil, startingOn dates: ClosedRange<LocalDate>) -> [ShiftInstance] {
        instances(of: shift, startingOn: dates) { _ in true }
    }

    private func instances(
        of shift: ShiftID?, startingOn dates: ClosedRange<LocalDate>, where isWanted: (Interval) -> Bool
    ) -> [ShiftInstance] {
        var result: [ShiftInstance] = []
        forEachInstance(of: shift, startingOn: dates) { occurrence in
            guard isWanted(occurrence.interval) else { return }
            var breaks: [ShiftInstance.Break] = []
            for index in occurrence.version.breaks.indices {
                guard let interval = breakInterval(index, of: occurrence) else { continue }
                breaks.append(ShiftInstance.Break(name: occurrence.version.breaks[index].name, interval: interval))
            }
            result.append(
                ShiftInstance(
                    shift: occurrence.shift, startDay: occurrence.day, interval: occurrence.interval, breaks: breaks
                )
            )
        }
        return result.sorted { ($0.interval.start, $0.shift) < ($1.interval.start, $1.shift) }
    }

    /// The part of the interval before `now` and in commission.
    func commissioned(_ interval: Interval, before now: Instant?) -> Interval? {
        let start = max(interval.start, commissionedAt ?? interval.start)
        let end = min(interval.end, now ?? interval.end, decommissionedAt ?? interval.end)
        return start < end ? Interval(start: start, end: end) : nil
    }

    /// An instance before its breaks are worked out.
    private struct Occurrence {
        let shift: ShiftID
        let version: ShiftVersion
        let day: LocalDate
        let interval: Interval
    }

    /// The days on which an instance that shares time with the interval may start.
    private func days(reaching interval: Interval) -> ClosedRange<LocalDate> {
        // An instance lasts a day at most; the second day is for a clock put back over midnight.
        zone.local(of: interval.start).date + (-2)...zone.local(of: interval.end).date + 1
    }

    /// Calls `body` for every instance of some length, shift by shift, each in order of time but at changes of version.
    private func forEachInstance(
        of wanted: ShiftID?, startingOn dates: ClosedRange<LocalDate>, _ body: (Occurrence) -> Void
    ) {
        for (shift, applies) in zip(shifts, applying) where wanted.map({ $0 == shift.id }) ?? true {
            for (index, version) in shift.versions.enumerated() where applies[index] {
                guard let days = Self.days(of: shift, version: index, within: dates, in: zone) else { continue }
                for number in days.lowerBound.dayNumber...days.upperBound.dayNumber {
                    let day = LocalDate(dayNumber: number)
                    guard version.days.contains(day) else { continue }
                    let start = zone.instant(of: LocalDateTime(day, version.start))
                    let end = zone.instant(of: LocalDateTime(day, minutes: version.endMinutes))
                    guard start < end, shift.isVersion(index, validAt: start) else { continue }
                    body(
                        Occurrence(
                            shift: shift.id, version: version, day: day, interval: Interval(start: start, end: end)
                        )
                    )
                }
            }
        }
    }

    /// The dates on which the version may be the valid one, with a day to spare at either end.
    private static func days(
        of shift: ShiftDefinition, version: Int, within dates: ClosedRange<LocalDate>, in zone: TimeZoneRules
    ) -> ClosedRange<LocalDate>? {
        var first = dates.lowerBound
        var last = dates.upperBound
        if let from = shift.versions[version].validFrom {
            first = max(first, zone.local(of: from).date + (-1))
        }
        if version + 1 < shift.versions.count, let until = shift.versions[version + 1].validFrom {
            last = min(last, zone.local(of: until).date + 1)
        }
        return first <= last ? first...last : nil
    }

    /// A break in instants; nil when a change of clocks or the shift's end leaves nothing of it.
    private func breakInterval(_ index: Int, of occurrence: Occurrence) -> Interval? {
        let minutes = occurrence.version.breakMinutes[index]
        let start = zone.instant(of: LocalDateTime(occurrence.day, minutes: minutes.lowerBound))
        let end = zone.instant(of: LocalDateTime(occurrence.day, minutes: minutes.upperBound))
        return Interval(start: start, end: end).intersection(occurrence.interval)
    }

    private func appendWorkingTime(of occurrence: Occurrence, to pieces: inout [Interval]) {
        Self.append(
            occurrence.interval,
            without: occurrence.version.breakMinutes.indices.lazy.compactMap { breakInterval($0, of: occurrence) },
            to: &pieces
        )
    }

    /// Appends what is left of an interval outside breaks that come in order of their starts.
    private static func append(
        _ interval: Interval, without breaks: some Sequence<Interval>, to pieces: inout [Interval]
    ) {
        var start = interval.start
        for pause in breaks {
            if start < pause.start { pieces.append(Interval(start: start, end: pause.start)) }
            start = max(start, pause.end)
        }
        if start < interval.end { pieces.append(Interval(start: start, end: interval.end)) }
    }
}
