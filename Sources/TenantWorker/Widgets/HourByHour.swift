import ManufacturingKPI
import Shared

/// HourByHour: the board of the floor, of one day, of the chosen shift's workings of that day, or of times within a day. Per hour
/// what should have been made by now, what was, and the largest loss. Areas and products do not filter it.
struct HourByHour {
    /// So many days back from the end of the period a day is looked for on which the lines were planned.
    private static let daysBack = 7

    private struct Hour {
        var actual = 0
        /// By now.
        var plan = Plan()
        var loss: Loss?
        /// Of the hour as a whole, also where it is still to come.
        var whole = Plan()
    }

    /// What a stretch is planned to make.
    private struct Plan {
        var planned: Int64 = 0
        /// Nil where a planned line has no rate.
        var target: Double? = 0
        var isNominal = false

        mutating func add(_ planned: IntervalSet, of settings: LineSettings) {
            guard !planned.isEmpty else { return }
            self.planned += planned.length
            if let more = TargetUnits(settings, over: planned), let sum = target {
                target = sum + more.units
                isNominal = isNominal || more.isNominal
            } else {
                target = nil
            }
        }
    }

    private struct Loss {
        enum Kind: String {
            case stop
            case speed
            case quality
        }

        var kind: Kind
        var line: ProductionLine
        /// Microseconds.
        var length: Int64
        var stop: Stop?
    }

    /// What the board covers of one line, and what of that is planned, also what is still to come.
    fileprivate struct Cover {
        var time: Interval
        var planned = IntervalSet()
    }

    private let dashboard: Dashboard
    private let grid: BucketGrid
    private let date: LocalDate?
    private var hours: [Hour]

    init(_ dashboard: Dashboard) throws {
        self.dashboard = dashboard
        let shift = dashboard.query.analysis.shift
        let covers: [Cover]
        if dashboard.questions.allSatisfy(\.isWithinADay) {
            // A night shift is one board, and of the day it began on.
            date = dashboard.questions.map { $0.zone.date(of: $0.period.interval.start) }.min()
            covers = dashboard.questions.map { $0.boardOfTimes(shift: shift) }
        } else {
            let date = dashboard.questions.compactMap { $0.boardDate(shift: shift, daysBack: Self.daysBack) }.max()
            self.date = date
            covers = dashboard.questions.map { question in
                date.map { question.board(of: $0, shift: shift) }
                    ?? Cover(time: Interval(start: question.period.interval.start, end: question.period.interval.start))
            }
        }
        grid = BucketGrid(.hour, over: zip(dashboard.questions, covers).map { ($0.zone, $1.time) })
        hours = [Hour](repeating: Hour(), count: grid.count)
        for ((question, column), cover) in zip(zip(dashboard.questions, grid.columns), covers) {
            try add(question, column, cover)
        }
    }

    private mutating func add(_ question: LineQuestion, _ column: BucketGrid.Column, _ cover: Cover) throws {
        let counts = question.facts.counts
        let counted = try CountedBuckets(
            question.time.all.intersection(cover.time), over: column.buckets, counts: counts)
        var actual = [Int](repeating: 0, count: grid.count)
        for (index, series) in counts.series.enumerated() where series.areaType == .output {
            counted.add(index, of: counts, to: &actual, at: column.places)
        }
        for (index, place) in column.places.enumerated() {
            hours[place].actual += actual[place]
            actual[place] = 0
            let bucket = column.buckets.interval(at: index)
            hours[place].whole.add(cover.planned.intersection(bucket), of: question.facts.settings)
            let planned = question.time.planned.intersection(bucket)
            guard let time = bucket.intersection(question.extent), !planned.isEmpty else { continue }
            hours[place].plan.add(planned, of: question.facts.settings)
            let figures = try LineIndicators(
                of: question.facts,
                over: LinePeriod(
                    period: time,
                    planned: planned,
                    instances: question.hasShift ? question.time.counted.intersection(bucket) : nil,
                    now: question.now
                )
            )
            for loss in losses(of: question, planned, LossWaterfall(figures)) {
                if loss.length > hours[place].loss?.length ?? 0 { hours[place].loss = loss }
            }
        }
    }

    private func losses(of question: LineQuestion, _ planned: IntervalSet, _ waterfall: LossWaterfall) -> [Loss] {
        var losses = question.facts.stops.stops(planned: planned).map { stop in
            Loss(kind: .stop, line: question.line, length: stop.plannedInPeriod, stop: stop)
        }
        if let slower = waterfall.slower { losses.append(Loss(kind: .speed, line: question.line, length: slower)) }
        if let rejected = waterfall.rejected {
            losses.append(Loss(kind: .quality, line: question.line, length: rejected))
        }
        return losses
    }

    func write(to json: inout JSONWriter) {
        // Hours before the first and after the last that was planned or made anything are left out.
        let used = hours.indices.filter { hours[$0].plan.planned > 0 || hours[$0].actual > 0 }
        let planned = hours.indices.filter { hours[$0].whole.planned > 0 }
        json.object { json in
            json.field("date", date?.description)
            json.field("shift_id", dashboard.query.analysis.shift?.rawValue)
            json.field("unit", "units")
            json.key("hours")
            json.array { json in
                guard let first = used.first, let last = used.last else { return }
                var target: Double? = 0
                var actual = 0
                for place in first...last {
                    let hour = hours[place]
                    actual += hour.actual
                    target = target.flatMap { sum in hour.plan.target.map { sum + $0 } }
                    json.object { json in
                        grid.write(place, to: &json)
                        write(hour, to: &json)
                        json.field("cumulative_target", target)
                        json.field("cumulative_actual", actual)
                        json.field("cumulative_difference", target.map { Double(actual) - $0 })
                    }
                }
            }
            json.key("to_come")
            json.array { json in
                guard let first = used.last.map({ $0 + 1 }) ?? planned.first, let last = planned.last, first <= last
                else { return }
                for place in first...last {
                    json.object { json in
                        grid.write(place, to: &json)
                        write(hours[place].whole, to: &json)
                    }
                }
            }
        }
    }

    private func write(_ plan: Plan, to json: inout JSONWriter) {
        json.field("planned_seconds", seconds: plan.planned)
        json.field("target", plan.target)
        json.field("target_kind", plan.isNominal ? "nominal" : "target")
        json.field("reason", plan.target == nil ? UndefinedReason.noNominalRate.rawValue : nil)
    }

    private func write(_ hour: Hour, to json: inout JSONWriter) {
        write(hour.plan, to: &json)
        json.field("actual", hour.actual)
        json.field("difference", hour.plan.target.map { Double(hour.actual) - $0 })
        json.key("largest_loss")
        guard let loss = hour.loss else { return json.null() }
        json.object { json in
            json.field("kind", loss.kind.rawValue)
            json.field("line_id", loss.line.id.rawValue)
            json.field("line_code", loss.line.code)
            json.field("seconds", seconds: loss.length)
            json.field("event_id", loss.stop?.id?.rawValue)
            json.field("start", loss.stop?.interval.start)
            let incident = loss.stop?.cause?.incident
            json.field("incident_id", incident?.rawValue)
            json.field("incident_name", dashboard.model.incidents.first { $0.id == incident }?.name)
            json.field("reason", loss.stop?.cause?.reason)
        }
    }
}

extension LineQuestion {
    /// Whether times are asked for that begin and end within a day, as those of a shift do, and have begun.
    fileprivate var isWithinADay: Bool {
        // One with a change of clocks has 25 hours.
        period.wholeDates == nil && period.interval.length <= LocalDateTime.microsecondsPerDay + 3_600_000_000
            && period.interval.start < now
    }

    /// What the board of such times covers: all of them.
    fileprivate func boardOfTimes(shift: ShiftID?) -> HourByHour.Cover {
        let wanted = period.interval
        return HourByHour.Cover(
            time: wanted,
            planned: shift.map { calendar.time(of: $0, in: period, now: wanted.end).planned }
                ?? calendar.plannedTime(in: wanted, now: wanted.end))
    }

    /// The last day of the period that has begun and on which the line is planned, at most some days back; where there is
    /// none, the last that has begun. Nil for a period without any.
    fileprivate func boardDate(shift: ShiftID?, daysBack: Int) -> LocalDate? {
        let last = min(period.interval.end, now)
        guard period.interval.start < last else { return nil }
        let newest = zone.date(of: last + -1)
        let oldest = max(zone.date(of: period.interval.start), newest + -daysBack)
        guard oldest <= newest else { return newest }
        for number in (oldest.dayNumber...newest.dayNumber).reversed() {
            let date = LocalDate(dayNumber: number)
            let planned: IntervalSet
            if let shift {
                planned = workings(of: shift, on: date).planned
            } else {
                let day = Period(date...date, in: zone)
                planned = calendar.plannedTime(in: day.interval, now: day.interval.end)
            }
            if !planned.isEmpty { return date }
        }
        return newest
    }

    /// What of a day the board covers: all of it, or the workings of the shift that start on it; cut to what is asked for unless
    /// that is whole dates.
    fileprivate func board(of date: LocalDate, shift: ShiftID?) -> HourByHour.Cover {
        let day = Period(date...date, in: zone).interval
        var cover = HourByHour.Cover(time: day)
        if let shift {
            let workings = workings(of: shift, on: date)
            if let first = workings.counted.intervals.first, let last = workings.counted.intervals.last {
                cover.time = Interval(start: first.start, end: last.end)
            }
            cover.planned = workings.planned
        } else {
            cover.planned = calendar.plannedTime(in: day, now: day.end)
        }
        guard period.wholeDates == nil else { return cover }
        let wanted = cover.time
        cover.time = wanted.intersection(extent) ?? Interval(start: wanted.start, end: wanted.start)
        cover.planned = cover.planned.intersection(cover.time)
        return cover
    }

    /// The workings of a shift that start on a date, whole, also what of them is still to come.
    private func workings(of shift: ShiftID, on date: LocalDate) -> ShiftTime {
        let day = Period(date...date, in: zone)
        return calendar.time(of: shift, in: day, now: day.interval.end + 2 * LocalDateTime.microsecondsPerDay)
    }
}
