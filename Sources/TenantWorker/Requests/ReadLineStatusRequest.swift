import IPC
import ManufacturingKPI
import NIOCore
import PostgresClient
import Shared

/// GET /line-status.
extension WorkerRequests {
    func readLineStatus(_ call: ReadLineStatus, _ request: IncomingRequest) async throws -> Answer {
        let (model, questions) = try await questions(request)
        let principal = request.head.principal
        if let plant = call.plant {
            let isVisible = principal.plants.map { $0.contains(plant) } ?? true
            guard isVisible, model.plant(plant) != nil else { throw Fault.invalid("plant_id", .unknownID) }
        }
        let lines = model.lines(visibleTo: principal).filter { line in
            line.isActive && (call.plant.map { line.plant == $0 } ?? true)
        }
        var states: [LineState] = []
        for line in lines { states.append(try await LineState(line, questions)) }
        var json = JSONWriter(reservingCapacity: 2_048)
        json.object { json in
            json.key("lines")
            json.array { json in
                for state in states { state.write(to: &json) }
            }
            json.field("now", questions.now)
        }
        return .json(json)
    }
}

/// What one line does at this moment.
struct LineState: Sendable {
    let line: ProductionLine
    let plant: Plant
    let status: LineStatus
    let lastDetection: Instant?
    let runningStop: Stop?
    let thresholdSeconds: Int64
    /// Of the camera, where it is watched.
    let lastSign: Instant?

    init(_ line: ProductionLine, _ questions: LineQuestions) async throws {
        try await self.init(line, questions, Self.question(of: line, questions))
    }

    /// What the state of a line is read from: its last day.
    static func question(of line: ProductionLine, _ questions: LineQuestions) async throws -> LineQuestion {
        let day = Interval(start: questions.now + -86_400_000_000, end: questions.now)
        return try await questions.ask(
            line, period: Period(day), shift: nil, thresholdSeconds: nil, countsUnits: false)
    }

    init(_ line: ProductionLine, _ questions: LineQuestions, _ question: LineQuestion) async throws {
        let now = questions.now
        var last = question.timeline.lastDetection
        if let newest = last, newest > now {
            last = try await FindLastDetection.read(
                questions.pool.query(
                    FindLastDetection.statement(line.id, notAfter: now), deadline: questions.deadline))
        }
        let plan: LineStatus.Plan
        if let idle = question.calendar.idleReason(at: now) {
            plan = .idle(LineStatus.IdleReason(idle.kind), until: idle.until)
        } else {
            plan = .planned
        }
        let ongoing = try await questions.ongoing(question)
        var isSilent = false
        if let timeout = line.heartbeatTimeoutSeconds {
            let watch = try await questions.watches.watch(of: line.id, deadline: questions.deadline)
            isSilent = watch.isSilent(at: now, timeoutSeconds: timeout)
            lastSign = watch.lastSign
        } else {
            lastSign = nil
        }
        self.line = line
        plant = question.plant
        lastDetection = last
        runningStop = ongoing
        thresholdSeconds = line.version(at: now).thresholdSeconds
        status = LineStatus(
            lastDetection: last,
            settings: question.facts.settings,
            registered: question.edits.registeredStop(at: now),
            plan: plan,
            lacksHeartbeat: isSilent,
            ongoingSince: ongoing?.interval.start,
            now: now
        )
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("line_id", line.id.rawValue)
            json.field("line_code", line.code)
            json.field("line_name", line.name)
            json.field("plant_id", plant.id.rawValue)
            json.field("plant_name", plant.name)
            json.field("timezone", plant.zone.name)
            json.field("status", status.name)
            json.field("since", since)
            json.field("last_detection", lastDetection)
            json.field("threshold_seconds", thresholdSeconds)
            json.field("registered", isRegistered)
            json.key("idle")
            if case .idle(let reason, let until) = status {
                json.object { json in
                    json.field("kind", reason.kindName)
                    json.field("name", reason.name)
                    json.field("until", until)
                }
            } else {
                json.null()
            }
            json.key("running_stop")
            if let runningStop {
                DowntimeJSON.write(runningStop, of: line, to: &json)
            } else {
                json.null()
            }
        }
    }

    private var since: Instant? {
        switch status {
        case .stopped(let since), .stoppedByPerson(_, let since): since
        case .waiting: lastDetection
        case .noData: lastSign
        case .running, .idle: nil
        }
    }

    private var isRegistered: Bool {
        switch status {
        case .stoppedByPerson: true
        case .stopped, .waiting, .running, .idle, .noData: false
        }
    }
}

extension LineStatus.IdleReason {
    fileprivate init(_ kind: IdleReason.Kind) {
        switch kind {
        case .breakTime(let name): self = .inBreak(name: name)
        case .closed(let name): self = .closed(name: name)
        case .outsideShifts: self = .outsideShifts
        }
    }

    fileprivate var kindName: String {
        switch self {
        case .inBreak: "break"
        case .closed: "closed"
        case .outsideShifts: "outside_shifts"
        case .notCommissioned: "decommissioned"
        }
    }

    fileprivate var name: String? {
        switch self {
        case .inBreak(let name), .closed(let name): name
        case .outsideShifts, .notCommissioned: nil
        }
    }
}
