import Foundation
import IPC
import NIOCore
import Shared

/// The view that a request of the page of stops or of its board names, and the questions it comes to.
struct AskedStops {
    /// How many stops a list shows before it asks for fewer, and how many are drawn and counted.
    private static let listed: UInt16 = 100
    private static let drawn: UInt16 = 1_000
    /// How far back the causes that were given last are looked for.
    private static let recentDays = 29

    let view: StopsView
    let role: Role
    let choices: DashboardChoices
    private let query: AnalysisQuery
    private let recent: AnalysisQuery
    private let period: AskedPeriod
    private let days: Int

    /// - Throws: `invalid` with every fault of the address at once; `forbidden` for whoever is no user.
    init(_ services: Services, _ context: TenantContext) async throws {
        guard case .user(_, let role) = context.principal.kind else { throw Fault(code: .forbidden) }
        self.role = role
        let items = QueryItems(context.request.uri.query ?? "")
        var view = try StopsView(queryItems: items.items, unreadable: items.unreadable, role: role)
        choices = try await DashboardChoices(services, context)
        if choices.shifts.isEmpty { view.scope.period = view.scope.period.withoutShifts }
        self.view = view
        period = try await AskedPeriod(view.scope, choices, services, context)
        let seconds = Double(services.clock().microseconds) / 1_000_000
        let today = DashboardView(period: .today).dates(
            secondsSince1970: seconds, zone: choices.zone(for: view.scope)
        ).start
        let last = try LocalDate(parsing: today)
        days =
            try LocalDate(parsing: period.dates.end).dayNumber - LocalDate(parsing: period.dates.start).dayNumber + 1
        query = AnalysisQuery(
            period: try period.request(), lines: view.scope.lines, plant: view.scope.plant, shift: view.scope.shift)
        recent = AnalysisQuery(
            period: PeriodRequest(from: .date(last + -Self.recentDays), to: .date(last)), lines: .all)
    }

    /// Whether the plants have what the address names.
    ///
    /// - Throws: `invalid` with every fault at once, one for each parameter.
    func validate(_ services: Services, _ context: TenantContext) async throws {
        var faults = choices.misfits(of: view.scope)
        do {
            _ = try await services.call(ListDowntimes(query: query, limit: 1), context)
        } catch {
            guard error.code == .invalid else { throw error }
            faults += error.parameters.filter { fault in !faults.contains { $0.parameter == fault.parameter } }
        }
        if !faults.isEmpty { throw Fault.invalid(faults) }
    }

    /// Everything the board shows, each part as the worker tells it.
    ///
    /// - Throws: `invalid` with every fault at once.
    func board(_ services: Services, _ context: TenantContext) async throws -> StopsBoard {
        if !choices.misfits(of: view.scope).isEmpty { try await validate(services, context) }
        async let listed = list(services, context)
        async let open = Self.stops(
            ListDowntimes(query: query, justified: false, micro: false, limit: Self.drawn), services, context)
        async let pareto = pareto(services, context)
        async let plan = plan(services, context)
        async let causes = StopCauses(services, context)
        return try await StopsBoard(
            view: view,
            role: role,
            shift: period.shift,
            listed: listed,
            unjustified: open,
            pareto: pareto,
            timeline: plan,
            causes: causes,
            zones: Dictionary(choices.lines.map { ($0.lineId, zone(of: $0)) }) { first, _ in first },
            now: services.clock()
        )
    }

    /// The causes there are and those given last on each line, the latest first.
    func causes(_ services: Services, _ context: TenantContext) async throws -> (StopCauses, [Int64: [Int64]]) {
        async let causes = StopCauses(services, context)
        let justified = try await Self.stops(
            ListDowntimes(query: recent, justified: true, limit: Self.drawn), services, context)
        return try await (causes, justified.latestIncidents)
    }

    /// The lines of the tenant that the person sees, whatever the address narrows them to: the page does that by itself.
    var lines: [StopsPage.Line] {
        choices.lines.map { line in
            StopsPage.Line(
                id: LineID(line.lineId),
                plant: PlantID(line.plantId),
                code: line.lineCode,
                name: line.lineName,
                zone: zone(of: line),
                groups: choices.lineGroups.filter { $0.lineIds.contains(line.lineId) }.map {
                    LineGroupID($0.lineGroupId)
                }
            )
        }
    }

    private func zone(of line: DashboardChoices.Line) -> String {
        choices.plants.first { $0.plantId == line.plantId }?.timezone ?? "UTC"
    }

    // MARK: Questions

    /// The stops of the state that the address names, newest first.
    private func list(_ services: Services, _ context: TenantContext) async throws -> StopsReply {
        switch view.state {
        case .ongoing: return try await ongoing(services, context)
        case .stops:
            return try await Self.stops(
                ListDowntimes(query: query, micro: false, limit: Self.listed), services, context)
        case .unjustified:
            return try await Self.stops(
                ListDowntimes(query: query, justified: false, micro: false, limit: Self.listed), services, context)
        case .justified:
            return try await Self.stops(
                ListDowntimes(query: query, justified: true, limit: Self.listed), services, context)
        case .micro:
            return try await Self.stops(
                ListDowntimes(query: query, micro: true, limit: Self.listed), services, context)
        }
    }

    /// A stop that still runs may have begun before many others: so all pages are looked through.
    private func ongoing(_ services: Services, _ context: TenantContext) async throws -> StopsReply {
        var call = ListDowntimes(query: query, limit: Self.drawn)
        var found = try await Self.stops(call, services, context)
        var next = found.nextCursor
        found.items.removeAll { !$0.isOngoing }
        while let text = next {
            var fields = QueryFields(items: [("cursor", text)], unreadable: [])
            call.cursor = fields.newestFirstCursor()
            let page = try await Self.stops(call, services, context)
            found.items += page.items.filter(\.isOngoing)
            next = call.cursor == nil ? nil : page.nextCursor
        }
        found.nextCursor = nil
        return found
    }

    /// What the timeline is drawn from; nil where it would have more tracks than anybody reads.
    private func plan(_ services: Services, _ context: TenantContext) async throws -> StopsTimelineReply? {
        let lines: Int
        switch view.scope.lines {
        case .all:
            lines = choices.lines.count { view.scope.plant.map(\.rawValue) ?? $0.plantId == $0.plantId }
        case .some(let ids): lines = ids.count
        case .group(let id):
            lines = choices.lineGroups.first { LineGroupID($0.lineGroupId) == id }?.lineIds.count ?? 0
        }
        guard lines * days <= StopTimeline.mostTracks else { return nil }
        async let plan = Self.read(ExplainIndicators(query: query), as: StopsPlanReply.self, services, context)
        async let stops = Self.stops(ListDowntimes(query: query, limit: Self.drawn), services, context)
        return try await StopsTimelineReply(plan: plan, stops: stops)
    }

    private func pareto(_ services: Services, _ context: TenantContext) async throws -> StopsParetoReply {
        var json = JSONWriter()
        json.object { json in
            json.key("daterange")
            json.object { json in
                json.field("start_date", period.dates.start)
                json.field("end_date", period.dates.end)
            }
            if let line = view.scope.lines.single {
                json.field("line_id", line.rawValue)
            } else if let text = view.scope.lines.text {
                json.field("line_id", text)
            }
            if let plant = view.scope.plant { json.field("plant_id", plant.rawValue) }
            if let shift = view.scope.shift { json.field("shift_id", shift.rawValue) }
            json.key("widget_ids")
            json.array { json in json.value(WidgetKind.downtimePareto.rawValue) }
        }
        let reply = try await services.call(
            QueryDashboard(period: period.instants), context, body: ByteBuffer(bytes: json.bytes))
        return try await JSONDecoder().decode(StopsParetoReply.self, from: reply.wholeBody())
    }

    static func stops(
        _ call: ListDowntimes, _ services: Services, _ context: TenantContext
    ) async throws -> StopsReply {
        try await read(call, as: StopsReply.self, services, context)
    }

    static func read<Reply: Decodable & Sendable>(
        _ call: some WorkerCall, as type: Reply.Type, _ services: Services, _ context: TenantContext
    ) async throws -> Reply {
        try await JSONDecoder().decode(type, from: services.call(call, context).wholeBody())
    }
}

extension StopCauses {
    /// The causes of the tenant, as the worker's lists give them.
    init(_ services: Services, _ context: TenantContext) async throws {
        async let failures: [Failure] = DashboardChoices.list(.failures, services, context)
        async let incidents: [Incident] = DashboardChoices.list(.incidents, services, context)
        self.init(failures: try await failures, incidents: try await incidents)
    }
}
