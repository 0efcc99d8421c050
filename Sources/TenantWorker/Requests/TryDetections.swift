import IPC
import ManufacturingKPI
import NIOCore
import PostgresClient
import Shared

/// POST /detections?dry_run=true: every row is checked, nothing is stored, and the figures of the days asked for are told as they
/// are and as they would be.
extension WorkerRequests {
    func answer(
        toTrial trial: DetectionTrial, _ spool: DetectionSpool, received: Int, rejected: RejectedRows,
        _ questions: LineQuestions
    ) async throws -> Answer {
        var outcome = DetectionIngest.Outcome(received: received, rejected: rejected)
        var effects: [LineEffect] = []
        for number in spool.lines {
            guard let line = questions.model.line(number), let plant = questions.model.plant(of: line) else {
                throw Fault(code: .internal)
            }
            let period = Period(trial.days, in: plant.zone)
            let added = try await added(to: line.id, of: spool, in: period.interval, questions.deadline, &outcome)
            effects.append(try await lineEffect(of: added, on: line, trial, plant.zone, questions))
        }
        var json = JSONWriter(reservingCapacity: 16_384)
        json.object { json in
            Self.write(outcome, to: &json)
            json.key("lines")
            json.array { json in
                for effect in effects { effect.write(to: &json) }
            }
        }
        return .json(json)
    }

    /// The rows of a line that would be stored; counted in the outcome are those of the period.
    private func added(
        to line: LineID, of spool: DetectionSpool, in period: Interval, _ deadline: ContinuousClock.Instant,
        _ outcome: inout DetectionIngest.Outcome
    ) async throws -> AddedDetections {
        var rows: [AddedDetections.Row] = []
        var events = KnownEvents(line: line)
        var reader = spool.reader(of: line)
        while let batch = try await reader.next() {
            try await events.learn(batch, pool: pool, deadline: deadline)
            for row in 0..<batch.count {
                let instant = batch.instants[row]
                let isCounted = period.start <= instant && instant < period.end
                switch events.judge(batch, row) {
                case .fresh:
                    rows.append(
                        AddedDetections.Row(
                            instant: instant.microseconds, area: batch.areas[row], product: batch.products[row]))
                    if isCounted { outcome.stored += 1 }
                case .repeated:
                    if isCounted { outcome.duplicates += 1 }
                case .conflicting:
                    outcome.rejected.add(
                        RejectedRows.Row(index: batch.indices[row], code: .conflictingEvent, field: "event_id"))
                }
            }
        }
        return AddedDetections(rows)
    }

    /// The figures of each of the days that has rows or changes.
    private func lineEffect(
        of added: AddedDetections, on line: ProductionLine, _ trial: DetectionTrial, _ zone: TimeZoneRules,
        _ questions: LineQuestions
    ) async throws -> LineEffect {
        let period = Period(trial.days, in: zone)
        let before = try await questions.ask(line, period: period, shift: nil, thresholdSeconds: nil)
        let after = try await questions.ask(
            line, period: period, shift: nil, thresholdSeconds: nil, added: added)
        var effect = LineEffect(line: line)
        var date = trial.days.lowerBound
        while date <= trial.days.upperBound {
            let day = Interval(start: zone.start(of: date), end: zone.start(of: date + 1))
            let figures = (before: try before.indicators(in: day), after: try after.indicators(in: day))
            if let before = figures.before, let after = figures.after {
                effect.add(LineEffect.Day(date: date, rows: added.count(in: day), before: before, after: after))
            }
            date = date + 1
        }
        return effect
    }
}

/// What detections would change on a line, by day.
struct LineEffect {
    struct Day {
        let date: LocalDate
        let rows: Int
        let before: LineIndicators
        let after: LineIndicators
    }

    let line: ProductionLine
    private(set) var days: [(date: LocalDate, rows: Int, before: [UInt8], after: [UInt8])] = []

    init(line: ProductionLine) {
        self.line = line
    }

    /// Adds a day, unless nothing of it changes.
    mutating func add(_ day: Day) {
        let (before, after) = (Self.bytes(day.before), Self.bytes(day.after))
        guard day.rows > 0 || before != after else { return }
        days.append((day.date, day.rows, before, after))
    }

    private static func bytes(_ indicators: LineIndicators) -> [UInt8] {
        var json = JSONWriter(reservingCapacity: 1_024)
        json.object { IndicatorsJSON.write(indicators, to: &$0) }
        return json.bytes
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("line_id", line.id.rawValue)
            json.field("line_code", line.code)
            json.key("days")
            json.array { json in
                for day in days {
                    json.object { json in
                        json.field("date", day.date.description)
                        json.field("rows", day.rows)
                        json.key("before")
                        json.raw(day.before)
                        json.key("after")
                        json.raw(day.after)
                    }
                }
            }
        }
    }
}

/// Tells which rows of a request are new by their event ids, without remembering them for others.
private struct KnownEvents {
    enum Judgement {
        case fresh
        case repeated
        case conflicting
    }

    let line: LineID
    private var events: [String: ReadDetectionEvents.Row] = [:]

    init(line: LineID) {
        self.line = line
    }

    /// Reads what is stored of the batch's ids.
    mutating func learn(
        _ batch: DetectionBatch, pool: PostgresPool, deadline: ContinuousClock.Instant
    ) async throws {
        let unknown = Set(batch.eventIDs.compactMap(\.self)).filter { events[$0] == nil }
        guard !unknown.isEmpty else { return }
        let stored = try await ReadDetectionEvents.read(
            pool.query(ReadDetectionEvents.statement(line, unknown.sorted()), deadline: deadline))
        events.merge(stored) { known, _ in known }
    }

    mutating func judge(_ batch: DetectionBatch, _ row: Int) -> Judgement {
        guard let id = batch.eventIDs[row] else { return .fresh }
        let (instant, area, product) = (batch.instants[row], batch.areas[row], batch.products[row])
        guard let known = events[id] else {
            events[id] = ReadDetectionEvents.Row(instant: instant, area: area, product: product)
            return .fresh
        }
        return known.instant == instant && known.area == area && known.product == product ? .repeated : .conflicting
    }
}
