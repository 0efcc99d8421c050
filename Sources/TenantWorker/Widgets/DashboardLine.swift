import ManufacturingKPI
import PostgresClient
import Shared

/// What one request has to read, beside the period itself.
struct DashboardReading: Sendable {
    let query: DashboardQuery
    let source: LineQuestions
    let showsDetections: Bool

    var wantsComparison: Bool { query.widgets.contains(where: \.comparesPeriods) }
    var wantsStops: Bool { query.widgets.contains(where: \.listsStops) }
    var wantsState: Bool { query.widgets.contains(.lineStatusIndicator) }
    var wantsDetections: Bool { showsDetections && query.widgets.contains(.eventFeed) }
}

/// One line of a dashboard with everything that was read of it.
struct DashboardLine: Sendable {
    let question: LineQuestion
    /// Over the whole period.
    let figures: Result<LineIndicators, any Error>
    /// Nil when there is nothing to compare with, or nobody does.
    let previous: Result<LineQuestion?, any Error>
    let previousFigures: Result<LineIndicators?, any Error>
    /// The newest listed stops of the period by start; empty when nobody asks.
    let stops: Result<[Stop], any Error>
    /// Nil for a line out of use, or when nobody asks.
    let state: Result<LineState?, any Error>
    /// The newest of the period, newest first; empty when nobody asks.
    let newest: Result<[ListDetections.Row], any Error>

    /// Reads all lines at once; the order is that of the entries.
    static func read(_ entries: [AnalysisScope.Entry], _ reading: DashboardReading) async throws -> [DashboardLine] {
        try await AllLoops.map(entries.count) { try await DashboardLine(entries[$0], reading) }
    }

    private init(_ entry: AnalysisScope.Entry, _ reading: DashboardReading) async throws {
        // What waits for the database does so while the rest is computed.
        async let newest = Self.result {
            reading.wantsDetections ? try await Self.newest(of: entry, reading) : []
        }
        async let state = Self.result {
            reading.wantsState && entry.line.isActive ? try await LineState(entry.line, reading.source) : nil
        }
        let question = try await reading.source.ask(
            entry.line,
            period: entry.period,
            shift: reading.query.analysis.shift,
            thresholdSeconds: reading.query.analysis.thresholdSeconds
        )
        self.question = question
        previous = await Self.result {
            reading.wantsComparison ? try await Self.comparison(with: question, reading) : nil
        }
        figures = Result { try question.indicators() }
        previousFigures = previous.flatMap { previous in Result { try previous?.indicators() } }
        stops = await Self.result {
            guard reading.wantsStops else { return [] }
            return try await reading.source.listWithoutChangeovers(question, newest: StopList.most)
        }
        self.state = await state
        self.newest = await newest
    }

    private static func comparison(
        with question: LineQuestion,
        _ reading: DashboardReading
    ) async throws -> LineQuestion? {
        let analysis = reading.query.analysis
        if let chosen = reading.query.comparison { return try await self.chosen(chosen, of: question, reading) }
        let comparison =
            reading.query.comparesWithWeekBefore
            ? weekBefore(question, reading)
            : periodBefore(question, reading)
        guard let comparison else { return nil }
        func ask(asOf instant: Instant) async throws -> LineQuestion {
            try await reading.source.ask(
                question.line,
                period: comparison.period,
                shift: analysis.shift,
                thresholdSeconds: analysis.thresholdSeconds,
                asOf: instant
            )
        }
        do {
            return try await ask(asOf: comparison.asOf)
        } catch let fault as Fault where fault.isOfArchivedDetail {
            // Of archived time whole minutes are compared.
            return try await ask(asOf: Instant(minute: comparison.asOf.minute))
        }
    }

    /// Of a line that does not work the chosen shift, and has none of its planned time in whatever period, the one just before: sums over
    /// lines compare the same lines.
    private static func periodBefore(_ question: LineQuestion, _ reading: DashboardReading) -> ComparisonPeriod? {
        let (shift, now) = (reading.query.analysis.shift, reading.source.now)
        let planned = question.calendar.comparisonPeriod(for: question.period, shift: shift, now: now)
        guard planned == nil, shift != nil, question.time.planned.isEmpty else { return planned }
        let before = ComparisonPeriod(of: question.period, in: question.zone, now: now)
        return before.flatMap { question.line.isCommissioned(in: $0.period.interval) ? $0 : nil }
    }

    /// Nil where the line was not in commission then and all lines are meant.
    private static func weekBefore(_ question: LineQuestion, _ reading: DashboardReading) -> ComparisonPeriod? {
        let earlier = ComparisonPeriod(weekBefore: question.period, in: question.zone, now: reading.source.now)
        return earlier.flatMap { earlier in
            reading.query.analysis.lines != .all || question.line.isCommissioned(in: earlier.period.interval)
                ? earlier : nil
        }
    }

    /// The period that somebody chose, as it was; nil where it has not begun, or the line was not in commission in it and all
    /// lines are meant.
    private static func chosen(
        _ request: PeriodRequest, of question: LineQuestion, _ reading: DashboardReading
    ) async throws -> LineQuestion? {
        let analysis = reading.query.analysis
        let period = try request.resolved(in: question.zone)
        guard period.interval.start < reading.source.now,
            analysis.lines != .all || question.line.isCommissioned(in: period.interval)
        else { return nil }
        var source = reading.source
        source.names = .comparison
        return try await source.ask(
            question.line, period: period, shift: analysis.shift, thresholdSeconds: analysis.thresholdSeconds)
    }

    private static func newest(
        of entry: AnalysisScope.Entry,
        _ reading: DashboardReading
    ) async throws -> [ListDetections.Row] {
        let source = reading.source
        let most = EventFeed.looked(at: reading.query)
        guard let past = entry.period.interval.intersection(Interval(start: .distantPast, end: source.now)) else {
            return []
        }
        // The newest may all be of a time whose rows are at hand, when those of the period's beginning are archived.
        let hotStart = try await FindHotStart.read(
            source.pool.query(FindHotStart.statement(entry.line.id, before: past.end), deadline: source.deadline))
        let hot = Interval(start: min(max(past.start, hotStart ?? past.start), past.end), end: past.end)
        let rows = try await ArchivedDetail.refused(naming: source.names.start) {
            try await ListDetections.read(
                source.pool.query(
                    ListDetections.statement(entry.line.id, in: hot, limit: most),
                    deadline: source.deadline))
        }
        guard rows.count == most || hot.start == past.start else {
            throw ArchivedDetail.fault(source.names.start)
        }
        return rows
    }

    private static func result<Value>(_ body: () async throws -> Value) async -> Result<Value, any Error> {
        do {
            return .success(try await body())
        } catch {
            return .failure(error)
        }
    }
}
