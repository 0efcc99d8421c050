import ManufacturingKPI
import PostgresClient
import Shared

/// One line, one period, one shift, one threshold: everything that is asked of a line at once is read here once, and all
/// its figures, buckets and lists are taken from it. Shared by them, never copied nor changed.
final class LineQuestion: Sendable {
    let line: ProductionLine
    let plant: Plant
    let period: Period
    let now: Instant
    let calendar: LineCalendar
    let time: LinePeriod
    let facts: LineFacts
    let timeline: LineTimeline
    /// What people did to the line's stops.
    let edits: StopEdits
    /// Whether the stops are those of another threshold than the line's own.
    let isHypothetical: Bool
    let hasShift: Bool

    init(
        line: ProductionLine,
        plant: Plant,
        period: Period,
        now: Instant,
        calendar: LineCalendar,
        time: LinePeriod,
        facts: LineFacts,
        timeline: LineTimeline,
        edits: StopEdits,
        isHypothetical: Bool,
        hasShift: Bool
    ) {
        self.line = line
        self.plant = plant
        self.period = period
        self.now = now
        self.calendar = calendar
        self.time = time
        self.facts = facts
        self.timeline = timeline
        self.edits = edits
        self.isHypothetical = isHypothetical
        self.hasShift = hasShift
    }

    var zone: TimeZoneRules { plant.zone }

    func indicators() throws -> LineIndicators {
        try LineIndicators(of: facts, over: time)
    }

    /// The figures of a part of the period, whose ends are whole minutes or those of the period.
    func indicators(in part: Interval) throws -> LineIndicators? {
        guard let cut = part.intersection(time.period) else { return nil }
        return try LineIndicators(
            of: facts,
            over: LinePeriod(
                period: cut,
                planned: time.planned.intersection(cut),
                instances: hasShift ? time.counted.intersection(cut) : nil,
                now: now
            )
        )
    }
}

/// Asks the questions of one request.
struct LineQuestions: Sendable {
    let model: PlantModel
    let pool: PostgresPool
    let timelines: TimelineStore
    let stops: StopStore
    let watches: CameraWatches
    let now: Instant
    let deadline: ContinuousClock.Instant
    /// What the parameters are called where the question came from.
    var names = AnalysisScope.ParameterNames.query

    /// From this length on a line is enough work at once: beats and other requests come before the next.
    private static let longPeriod = 400 * LocalDateTime.microsecondsPerDay

    /// - Parameters:
    ///   - countsUnits: false where only plan and stops are wanted: minutes that are cut are not counted then.
    ///   - edits: instead of what people did to the line's stops: what they think of doing.
    ///   - added: detections that are not stored, thought of as if they were.
    func ask(
        _ line: ProductionLine,
        period: Period,
        shift: ShiftID?,
        thresholdSeconds: Int?,
        asOf: Instant? = nil,
        countsUnits: Bool = true,
        edits: StopEdits? = nil,
        added: AddedDetections? = nil
    ) async throws -> LineQuestion {
        guard let plant = model.plant(of: line) else { throw Fault(code: .internal) }
        let now = asOf ?? now
        var timeline = try await timeline(of: line.id, from: period.interval.start, adding: added)
        let commissioned = line.commissionedAt(firstDetection: timeline.gaps.firstDetection, in: plant.zone)
        let calendar = model.calendar(of: line, plant, commissionedAt: commissioned)
        let shiftTime = shift.map { calendar.time(of: $0, in: period, now: now) }
        let span = LinePeriod(
            period: period.interval,
            planned: shiftTime?.planned ?? IntervalSet(),
            instances: shiftTime?.counted,
            now: now
        ).hull
        if span.start < period.interval.start {
            // A night shift taken whole may begin before the period.
            timeline = try await self.timeline(of: line.id, from: span.start, adding: added)
        }
        let settings = line.settings(commissionedAt: commissioned)
        var known = edits
        if known == nil { known = try await stops.edits(of: line.id, now: self.now, deadline: deadline) }
        let edits = known ?? StopEdits()
        let threshold = thresholdSeconds.map { Int64($0) * Instant.microsecondsPerSecond }
        let gaps = try await gaps(of: line, timeline, span, threshold: threshold)
        let detection = StopDetection(
            gaps: gaps,
            settings: settings,
            registered: edits.registered,
            removed: edits.removed,
            span: span,
            now: now,
            threshold: threshold
        )
        let ownPlanned = calendar.plannedTime(in: detection.reach, now: now)
        let stopped = StopTimeline(detection, ownPlanned: ownPlanned, causes: edits.causes)
        let time = LinePeriod(
            period: period.interval,
            planned: shiftTime?.planned ?? ownPlanned.intersection(period.interval),
            instances: shiftTime?.counted,
            now: now
        )
        let terms = model.terms(of: line.id)
        let areas = model.areas(of: line.id).map(\.type)
        let facts = LineFacts(
            isDual: areas.contains(.input) && areas.contains(.output),
            settings: settings,
            products: terms,
            counts: countsUnits
                ? try await counts(of: line.id, timeline, time, terms, added) : LineCounts(series: timeline.series),
            stops: stopped,
            isContinuous: calendar.isContinuous && shift == nil,
            unobserved: try await unobserved(line, now)
        )
        if period.interval.length > Self.longPeriod { await Task.yield() }
        return LineQuestion(
            line: line,
            plant: plant,
            period: period,
            now: now,
            calendar: calendar,
            time: time,
            facts: facts,
            timeline: timeline,
            edits: edits,
            isHypothetical: threshold != nil,
            hasShift: shift != nil
        )
    }

    private func timeline(
        of line: LineID, from start: Instant, adding added: AddedDetections?
    ) async throws -> LineTimeline {
        let timeline = try await timelines.timeline(
            of: line, from: min(start, added?.first ?? start), now: now, model: model, deadline: deadline)
        return added.map { timeline.adding($0, model: model) } ?? timeline
    }

    /// The gaps that are kept, or, for a threshold below their floor, those of the rows.
    private func gaps(
        of line: ProductionLine,
        _ timeline: LineTimeline,
        _ span: Interval,
        threshold: Int64?
    ) async throws -> ActivityGaps {
        guard let threshold, threshold < timeline.gapFloor else { return timeline.gaps }
        let reader = ShortGapsReader(
            line: line.id, threshold: threshold, floor: timeline.gapFloor, deadline: deadline)
        do {
            return try await ArchivedDetail.refused(naming: names.threshold) {
                try await reader.read(around: span, timeline.gaps, pool: pool)
            }
        } catch is ShortGapsReader.Missing {
            throw ArchivedDetail.fault(names.threshold)
        }
    }

    /// When the line was watched and gave no sign of life; of most lines nobody watches that.
    private func unobserved(_ line: ProductionLine, _ now: Instant) async throws -> IntervalSet {
        guard let timeout = line.heartbeatTimeoutSeconds else { return IntervalSet() }
        return try await watches.watch(of: line.id, deadline: deadline).unobserved(at: now, timeoutSeconds: timeout)
    }

    /// The counted minutes, with the ones that the period, this moment or a version cuts counted from the rows.
    private func counts(
        of line: LineID,
        _ timeline: LineTimeline,
        _ time: LinePeriod,
        _ terms: [ProductTerms],
        _ added: AddedDetections?
    ) async throws -> LineCounts {
        var series = timeline.series
        let stretches = LineCounts.cutMinutes(
            of: time,
            lineChanges: model.line(line)?.versions.compactMap(\.validFrom) ?? [],
            products: terms
        )
        var counted: [[CountDetectionsInStretch.Row]] = []
        for stretch in stretches {
            let isEnd = stretch.end == time.period.end && stretch.start != time.period.start
            var rows = try await ArchivedDetail.refused(naming: isEnd ? names.end : names.start) {
                try await CountDetectionsInStretch.read(
                    pool.query(CountDetectionsInStretch.statement(line, stretch), deadline: deadline))
            }
            for more in added?.counts(in: stretch) ?? [] {
                if let index = rows.firstIndex(where: { $0.area == more.area && $0.product == more.product }) {
                    rows[index].detections += more.detections
                } else {
                    rows.append(more)
                }
            }
            counted.append(rows)
            // Something may have arrived since the timeline was read.
            for row in rows where !series.contains(where: { $0.area == row.area && $0.product == row.product }) {
                series.append(
                    MinuteSeries(
                        area: row.area, areaType: model.area(row.area)?.type ?? .process, product: row.product))
            }
        }
        series.sort { ($0.area, $0.product) < ($1.area, $1.product) }
        let cuts = zip(stretches, counted).map { stretch, rows in
            CutMinute(
                stretch: stretch,
                counts: series.map { series in
                    rows.first { $0.area == series.area && $0.product == series.product }?.detections ?? 0
                }
            )
        }
        return LineCounts(series: series, cuts: cuts)
    }
}

extension PlantModel {
    /// When a line is meant to work; without a commissioning, since ever.
    func calendar(of line: ProductionLine, _ plant: Plant, commissionedAt: Instant?) -> LineCalendar {
        LineCalendar(
            line: line.id,
            plant: plant.id,
            zone: plant.zone,
            shifts: shifts.map(\.definition),
            exceptions: exceptions.map(\.calendar),
            commissionedAt: commissionedAt,
            decommissionedAt: line.decommissionedAt
        )
    }

    /// What a stop of each incident is counted as.
    var lossCategories: [IncidentID: LossCategory] {
        let categories = Dictionary(failures.map { ($0.id, $0.category) }) { first, _ in first }
        return Dictionary(
            incidents.compactMap { incident in
                categories[incident.failure].map { (incident.id, $0) }
            }
        ) { first, _ in first }
    }
}
