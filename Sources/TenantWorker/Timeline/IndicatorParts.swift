import ManufacturingKPI
import Shared

/// A period of several lines in the parts that key figures are asked for.
struct IndicatorParts {
    /// A stretch of time that the parts of several lines share.
    struct Place {
        var bounds: Interval
        /// Nil for the whole period.
        var label: String?
        /// The shift, where each place is a working of one.
        var shift: ShiftID?
    }

    /// What one line has in one place, of one shift where shifts are told apart.
    struct Part {
        var place: Int
        var shift: ShiftID?
        var time: LinePeriod
    }

    /// In order of time.
    private(set) var places: [Place] = []
    /// Of each line, in the order of the questions.
    private(set) var lines: [[Part]] = []

    private let shift: ShiftID?

    /// - Parameters:
    ///   - entries: the lines and periods asked for, in the order of the questions.
    ///   - questions: asked as `IndicatorParts.period(of:_:)` says.
    ///   - shift: the shift chosen.
    init(
        _ grouping: IndicatorGrouping,
        _ entries: [AnalysisScope.Entry],
        _ questions: [LineQuestion],
        shift: ShiftID?,
        _ model: PlantModel
    ) {
        self.shift = shift
        guard let interval = grouping.interval else {
            addWhole(entries, questions, byShift: grouping.group == .shift)
            return
        }
        guard let size = interval.size else {
            addWorkings(entries, questions, model)
            return
        }
        addBuckets(size, entries, questions, byShift: grouping.group == .shift)
    }

    /// How a line has to be asked: where workings of any shift are looked at, the last of them may reach over the end of a
    /// period of dates, and none is chosen.
    static func period(of entry: AnalysisScope.Entry, _ grouping: IndicatorGrouping) -> (period: Period, byShift: Bool)
    {
        guard grouping.interval == .shift || grouping.group == .shift else { return (entry.period, false) }
        guard entry.period.wholeDates != nil else { return (entry.period, true) }
        let interval = entry.period.interval
        // A working lasts a day at most, and a day with a change of clocks an hour more.
        let end = interval.end + LocalDateTime.microsecondsPerDay + 7_200_000_000
        return (Period(Interval(start: interval.start, end: end)), true)
    }

    private mutating func addWhole(
        _ entries: [AnalysisScope.Entry],
        _ questions: [LineQuestion],
        byShift: Bool
    ) {
        guard let first = entries.first else { return }
        places = [Place(bounds: first.period.interval)]
        lines = zip(entries, questions).map { entry, question in
            guard byShift else { return [Part(place: 0, time: question.time)] }
            return shiftParts(of: question, in: entry.period, calendar: entry.period.interval, place: 0)
        }
    }

    private mutating func addBuckets(
        _ size: BucketSize,
        _ entries: [AnalysisScope.Entry],
        _ questions: [LineQuestion],
        byShift: Bool
    ) {
        let grid = BucketGrid(
            size,
            over: zip(entries, questions).map { entry, question in
                (zone: question.zone, interval: byShift ? entry.period.interval : question.extent(in: size))
            }
        )
        places = (0..<grid.count).map { place in
            var label: [UInt8] = []
            size.appendLabel(of: grid.clocks[place], to: &label)
            return Place(bounds: grid.bounds[place], label: String(decoding: label, as: UTF8.self))
        }
        for ((entry, question), column) in zip(zip(entries, questions), grid.columns) {
            if byShift {
                lines.append(
                    column.places.enumerated().flatMap { index, place in
                        shiftParts(of: question, entry.period, column.buckets, index, place: place)
                    })
            } else {
                let times = question.times(in: column.buckets, shift: shift)
                lines.append(
                    zip(times, column.places).compactMap { time, place in
                        time.map { Part(place: place, time: $0) }
                    })
            }
        }
    }

    /// Each shift's part of one bucket.
    private func shiftParts(
        of question: LineQuestion,
        _ period: Period,
        _ buckets: Buckets,
        _ index: Int,
        place: Int
    ) -> [Part] {
        guard let bounds = buckets.interval(at: index).intersection(period.interval) else { return [] }
        var part = Period(bounds)
        if let dates = period.wholeDates {
            guard let days = buckets.days(at: index, within: dates) else { return [] }
            part = Period(days, in: question.zone)
        }
        return shiftParts(of: question, in: part, calendar: bounds, place: place)
    }

    /// Each shift's part of a period: production counts inside its workings only, so that shifts can be added up.
    private func shiftParts(
        of question: LineQuestion,
        in period: Period,
        calendar bounds: Interval,
        place: Int
    ) -> [Part] {
        question.calendar.shifts.compactMap { definition -> Part? in
            guard shift.map({ $0 == definition.id }) ?? true else { return nil }
            let own = question.calendar.time(of: definition.id, in: period, now: question.now)
            guard !own.counted.isEmpty else { return nil }
            let time = LinePeriod(
                period: bounds,
                planned: own.planned,
                instances: own.counted,
                elsewhere: IntervalSet(bounds),
                now: question.now
            )
            return Part(place: place, shift: definition.id, time: time)
        }
    }

    /// One place for each working of a shift; lines that work it on the same day share the place.
    private mutating func addWorkings(
        _ entries: [AnalysisScope.Entry],
        _ questions: [LineQuestion],
        _ model: PlantModel
    ) {
        struct Key: Hashable {
            var day: LocalDate
            var shift: ShiftID
        }
        var known: [Key: Int] = [:]
        var found: [(key: Key, place: Place)] = []
        for (entry, question) in zip(entries, questions) {
            var parts: [Part] = []
            for definition in question.calendar.shifts where shift.map({ $0 == definition.id }) ?? true {
                let instances =
                    entry.period.wholeDates.map {
                        question.calendar.shiftInstances(of: definition.id, startingOn: $0)
                    } ?? question.calendar.shiftInstances(of: definition.id, overlapping: entry.period.interval)
                for instance in instances {
                    let wanted =
                        entry.period.wholeDates == nil
                        ? instance.interval.intersection(entry.period.interval) : instance.interval
                    guard let wanted, wanted.start < question.now else { continue }
                    let key = Key(day: instance.startDay, shift: definition.id)
                    let number: Int
                    if let place = known[key] {
                        number = place
                    } else {
                        number = found.count
                        known[key] = number
                        let name = model.shifts.first { $0.id == definition.id }?.name(at: instance.interval.start)
                        let label = "\(instance.startDay) \(name ?? definition.id.description)"
                        found.append((key, Place(bounds: wanted, label: label, shift: definition.id)))
                    }
                    let own = question.calendar.time(of: definition.id, in: Period(wanted), now: question.now)
                    let time = LinePeriod(
                        period: wanted, planned: own.planned, instances: own.counted, now: question.now)
                    parts.append(Part(place: number, shift: definition.id, time: time))
                }
            }
            lines.append(parts)
        }
        let order = found.indices.sorted {
            (found[$0].place.bounds.start, found[$0].key.day, found[$0].key.shift)
                < (found[$1].place.bounds.start, found[$1].key.day, found[$1].key.shift)
        }
        var position = [Int](repeating: 0, count: found.count)
        for (place, number) in order.enumerated() { position[number] = place }
        places = order.map { found[$0].place }
        for line in lines.indices {
            for part in lines[line].indices {
                lines[line][part].place = position[lines[line][part].place]
            }
        }
    }
}

extension Buckets {
    /// The days of a bucket of a day or longer that are among some dates.
    func days(at index: Int, within dates: ClosedRange<LocalDate>) -> ClosedRange<LocalDate>? {
        let first = max(dates.lowerBound, clocks[index].date)
        let next = index + 1 < count ? clocks[index + 1].date + (-1) : dates.upperBound
        let last = min(dates.upperBound, next)
        return first <= last ? first...last : nil
    }
}
