import ManufacturingKPI
import Shared

/// What the engine says of one line of a case, put together as the product does for a request.
struct EngineAnswer {
    let zone: TimeZoneRules
    let calendar: LineCalendar
    let period: Period
    let time: LinePeriod
    let facts: LineFacts

    var stops: StopTimeline { facts.stops }

    var indicators: LineIndicators {
        get throws { try LineIndicators(of: facts, over: time) }
    }

    /// - Parameter part: instead of the period asked for.
    init(_ plant: PlantCase, _ line: PlantCase.Line, _ zone: TimeZoneRules, part: Interval? = nil) throws {
        self.zone = zone
        let now = Instant(microseconds: plant.now)
        calendar = LineCalendar(plant, line, zone)
        let request = PeriodRequest(from: PeriodBound(plant.from), to: PeriodBound(plant.to))
        period = try part.map { Period($0) } ?? request.resolved(in: zone)
        let shift = plant.shift.map { ShiftID($0) }
        let shiftTime = shift.map { [calendar, period] in calendar.time(of: $0, in: period, now: now) }
        time = LinePeriod(
            period: period.interval,
            planned: shiftTime?.planned ?? calendar.plannedTime(in: period.interval, now: now),
            instances: shiftTime?.counted, now: now)
        let settings = LineSettings(line)
        let lowest = line.versions.map(\.value.threshold).min() ?? 0
        let detection = StopDetection(
            gaps: ActivityGaps(
                detections: line.detections.map(\.at).sorted(),
                floor: min(10_000_000, lowest, plant.threshold ?? lowest)),
            settings: settings, registered: line.registered.map { RegisteredStop($0) },
            removed: IntervalSet(union: line.removed.map { Interval($0) }), span: time.hull, now: now,
            threshold: plant.threshold)
        let products = line.products.map { ProductTerms($0) }
        facts = LineFacts(
            isDual: line.areas.contains { $0.type == .input } && line.areas.contains { $0.type == .output },
            settings: settings, products: products,
            counts: Self.counts(line, time, products: products),
            stops: StopTimeline(
                detection, ownPlanned: calendar.plannedTime(in: detection.reach, now: now),
                causes: line.attached.map { AttachedCause(interval: Interval($0.time), cause: StopCause($0.cause)) }),
            isContinuous: calendar.isContinuous && shift == nil,
            unobserved: IntervalSet(union: line.unobserved.map { Interval($0) }))
    }

    private static func counts(_ line: PlantCase.Line, _ time: LinePeriod, products: [ProductTerms]) -> LineCounts {
        var tallies: [(area: PlantCase.Area, product: ProductID, tally: MinuteTally)] = []
        for detection in line.detections {
            let product = ProductID(detection.product)
            var index = tallies.firstIndex { $0.area.id == detection.area.id && $0.product == product }
            if index == nil {
                index = tallies.count
                tallies.append((detection.area, product, MinuteTally()))
            }
            if let index { tallies[index].tally.add(1, atMinute: Instant(microseconds: detection.at).minute) }
        }
        var series = tallies.map { entry in
            entry.tally.series(area: AreaID(entry.area.id), areaType: entry.area.type, product: entry.product)
        }
        series.sort { ($0.area, $0.product) < ($1.area, $1.product) }
        let changes = line.versions.changes().map { Instant(microseconds: $0) }
        let cuts = LineCounts.cutMinutes(of: time, lineChanges: changes, products: products).map { stretch in
            CutMinute(
                stretch: stretch,
                counts: series.map { series in
                    line.detections.count {
                        AreaID($0.area.id) == series.area && ProductID($0.product) == series.product
                            && stretch.contains(Instant(microseconds: $0.at))
                    }
                })
        }
        return LineCounts(series: series, cuts: cuts)
    }
}

extension LineCalendar {
    init(_ plant: PlantCase, _ line: PlantCase.Line, _ zone: TimeZoneRules) {
        self.init(
            line: LineID(line.id), plant: PlantID(line.plant), zone: zone,
            shifts: plant.shifts.map { ShiftDefinition($0) },
            exceptions: plant.exceptions.map { exception in
                CalendarException(
                    plant: PlantID(exception.plant), line: exception.line.map { LineID($0) },
                    kind: exception.isExtra ? .extra : .closed, name: "", interval: Interval(exception.time))
            },
            commissionedAt: Instant(microseconds: line.commissioned),
            decommissionedAt: line.decommissioned.map { Instant(microseconds: $0) })
    }
}

extension ShiftDefinition {
    init(_ shift: PlantCase.Shift) {
        self.init(
            id: ShiftID(shift.id),
            versions: shift.versions.map { dated in
                let version = dated.value
                return ShiftVersion(
                    validFrom: dated.from.map { Instant(microseconds: $0) }, plant: version.plant.map { PlantID($0) },
                    lines: version.lines.map { Set($0.map { LineID($0) }) },
                    days: Weekdays(numbers: version.days) ?? [], start: LocalTime(version.start),
                    end: LocalTime(version.end),
                    breaks: version.pauses.map {
                        ShiftBreak(name: "", start: LocalTime($0.start), end: LocalTime($0.end))
                    },
                    isActive: version.isActive)
            })
    }
}

extension LocalTime {
    /// A minute of the day.
    init(_ minute: Int) {
        self = Self.everyMinute[minute]
    }

    private static let everyMinute = (0..<minutesPerDay).compactMap { LocalTime(minuteOfDay: $0) }
}

extension PeriodBound {
    init(_ bound: PlantCase.Bound) {
        switch bound {
        case .instant(let instant): self = .instant(Instant(microseconds: instant))
        case .date(let day): self = .date(LocalDate(dayNumber: Int(day)))
        case .clock(let day, let minute): self = .clock(LocalDate(dayNumber: Int(day)), LocalTime(minute))
        }
    }
}

extension Interval {
    init(_ stretch: Stretch) {
        self.init(start: Instant(microseconds: stretch.start), end: Instant(microseconds: stretch.end))
    }
}

extension Stretch {
    init(_ interval: Interval) {
        self.init(start: interval.start.microseconds, end: interval.end.microseconds)
    }
}

extension LineSettings {
    init(_ line: PlantCase.Line) {
        self.init(
            versions: EffectiveDated(
                line.versions.map { dated in
                    (
                        validFrom: dated.from.map { Instant(microseconds: $0) },
                        value: LineVersion(
                            ratePerMinute: dated.value.rate, downtimeThreshold: dated.value.threshold,
                            microStop: dated.value.micro)
                    )
                }),
            detectsStops: line.detectsStops, commissionedAt: Instant(microseconds: line.commissioned),
            decommissionedAt: line.decommissioned.map { Instant(microseconds: $0) })
    }
}

extension ProductTerms {
    init(_ product: PlantCase.Product) {
        self.init(
            product: ProductID(product.id), weight: EffectiveDated(product.weights),
            idealRate: EffectiveDated(product.rates))
    }
}

extension EffectiveDated {
    init(_ versions: [PlantCase.Dated<Value>]) {
        self.init(versions.map { (validFrom: $0.from.map { Instant(microseconds: $0) }, value: $0.value) })
    }
}

extension StopCause {
    init(_ cause: PlantCase.Cause) {
        self.init(
            incident: cause.incident.map { IncidentID($0) }, reason: cause.reason, justifiedBy: nil,
            justifiedAt: Instant(microseconds: cause.given))
    }
}

extension RegisteredStop {
    init(_ stop: PlantCase.Registered) {
        self.init(
            id: StopID(stop.id), start: Instant(microseconds: stop.start),
            end: stop.end.map { Instant(microseconds: $0) }, cause: stop.cause.map { StopCause($0) })
    }
}
