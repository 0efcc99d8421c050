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
            reading.wantsDetections ? try await Self.newest(of: entry, reading.source) : []
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
        guard
            let comparison = question.calendar.comparisonPeriod(
                for: question.period, shift: analysis.shift, now: reading.source.now)
        else { return nil }
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

    private static func newest(
        of entry: AnalysisScope.Entry,
        _ source: LineQuestions
    ) async throws -> [ListDetections.Row] {
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
                    ListDetections.statement(entry.line.id, in: hot, limit: EventFeed.rows),
                    deadline: source.deadline))
        }
        guard rows.count == EventFeed.rows || hot.start == past.start else {
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
