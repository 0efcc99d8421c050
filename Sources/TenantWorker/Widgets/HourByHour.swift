import ManufacturingKPI
import Shared

/// HourByHour: the board of the floor, of one day or of the chosen shift's workings of that day. Per hour what should have
/// been made by now, what was, and the largest loss. Areas and products do not filter it.
struct HourByHour {
    /// So many days back from the end of the period a day is looked for on which the lines were planned.
    private static let daysBack = 7

    private struct Hour {
        var planned: Int64 = 0
        var actual = 0
        /// Nil where a planned line has no rate.
        var target: Double? = 0
        var isNominal = false
        var loss: Loss?
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

    private let dashboard: Dashboard
    private let grid: BucketGrid
    private let date: LocalDate?
    private var hours: [Hour]

    init(_ dashboard: Dashboard) throws {
        self.dashboard = dashboard
        let shift = dashboard.query.analysis.shift
        let date = dashboard.questions.compactMap { $0.boardDate(shift: shift, daysBack: Self.daysBack) }.max()
        self.date = date
        let spans = dashboard.questions.map { question in
            (
                zone: question.zone,
                interval: date.map { question.boardTime(of: $0, shift: shift) }
                    ?? Interval(start: question.period.interval.start, end: question.period.interval.start)
            )
        }
        grid = BucketGrid(.hour, over: spans)
        hours = [Hour](repeating: Hour(), count: grid.count)
        for ((question, column), span) in zip(zip(dashboard.questions, grid.columns), spans) {
            try add(question, column, span.interval)
        }
    }

    private mutating func add(_ question: LineQuestion, _ column: BucketGrid.Column, _ span: Interval) throws {
        let counts = question.facts.counts
        let counted = try CountedBuckets(question.time.all.intersection(span), over: column.buckets, counts: counts)
        var actual = [Int](repeating: 0, count: grid.count)
        for (index, series) in counts.series.enumerated() where series.areaType == .output {
            counted.add(index, of: counts, to: &actual, at: column.places)
        }
        for (index, place) in column.places.enumerated() {
            hours[place].actual += actual[place]
            actual[place] = 0
            let bucket = column.buckets.interval(at: index)
            let planned = question.time.planned.intersection(bucket)
            guard let time = bucket.intersection(question.extent), !planned.isEmpty else { continue }
            hours[place].planned += planned.length
            let target = TargetUnits(question.facts.settings, over: planned)
            if let target, let sum = hours[place].target {
                hours[place].target = sum + target.units
                hours[place].isNominal = hours[place].isNominal || target.isNominal
            } else {
                hours[place].target = nil
            }
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
        let used = hours.indices.filter { hours[$0].planned > 0 || hours[$0].actual > 0 }
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
                    target = target.flatMap { sum in hour.target.map { sum + $0 } }
                    json.object { json in
                        grid.write(place, to: &json)
                        write(hour, to: &json)
                        json.field("cumulative_target", target)
                        json.field("cumulative_actual", actual)
                        json.field("cumulative_difference", target.map { Double(actual) - $0 })
                    }
                }
            }
        }
    }

    private func write(_ hour: Hour, to json: inout JSONWriter) {
        json.field("planned_seconds", seconds: hour.planned)
        json.field("target", hour.target)
        json.field("target_kind", hour.isNominal ? "nominal" : "target")
        json.field("reason", hour.target == nil ? UndefinedReason.noNominalRate.rawValue : nil)
        json.field("actual", hour.actual)
        json.field("difference", hour.target.map { Double(hour.actual) - $0 })
        json.key("largest_loss")
        guard let loss = hour.loss else { return json.null() }
        json.object { json in
            json.field("kind", loss.kind.rawValue)
            json.field("line_id", loss.line.id.rawValue)
            json.field("line_code", loss.line.code)
            json.field("seconds", seconds: loss.length)
            json.field("event_id", loss.stop?.id?.rawValue)
            json.field("start", loss.stop?.interval.start)
            json.field("incident_id", loss.stop?.cause?.incident?.rawValue)
            json.field("reason", loss.stop?.cause?.reason)
        }
    }
}

extension LineQuestion {
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

    /// What of a day the board covers: all of it, or the workings of the shift that start on it; cut to the question.
    fileprivate func boardTime(of date: LocalDate, shift: ShiftID?) -> Interval {
        var wanted = Period(date...date, in: zone).interval
        if let shift {
            let instances = workings(of: shift, on: date).counted.intervals
            if let first = instances.first, let last = instances.last {
                wanted = Interval(start: first.start, end: last.end)
            }
        }
        return wanted.intersection(extent) ?? Interval(start: wanted.start, end: wanted.start)
    }

    /// The workings of a shift that start on a date, whole, also what of them is still to come.
    private func workings(of shift: ShiftID, on date: LocalDate) -> ShiftTime {
        let day = Period(date...date, in: zone)
        return calendar.time(of: shift, in: day, now: day.interval.end + 2 * LocalDateTime.microsecondsPerDay)
    }
}
