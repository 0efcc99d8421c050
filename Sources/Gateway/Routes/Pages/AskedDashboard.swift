import Foundation
import IPC
import NIOCore
import Shared

/// The view that a request of the dashboard's page or of its tiles names, and what it is chosen from.
struct AskedDashboard {
    let view: DashboardView
    let role: Role
    let choices: DashboardChoices
    /// What the person's role sees.
    let layout: DashboardLayout
    /// The tiles wanted; nil: all.
    let widgets: Set<WidgetKind>?
    /// When it is of.
    let period: AskedPeriod

    /// - Parameters:
    ///   - takesWidgets: whether the address may name tiles, in `widget_ids`.
    ///   - others: the parameters of the address that whoever asks reads himself.
    /// - Throws: `invalid` with every fault of the address at once; `forbidden` for whoever is no user.
    init(
        _ services: Services, _ context: TenantContext, takesWidgets: Bool = false, besides others: Set<String> = []
    ) async throws {
        guard case .user(_, let role) = context.principal.kind else { throw Fault(code: .forbidden) }
        self.role = role
        let query = QueryItems(context.request.uri.query ?? "").without(others)
        let named = AskedWidgets(takesWidgets ? query : QueryItems(""))
        widgets = named.widgets
        var view = try named.adding { () throws(Fault) in
            try DashboardView(
                queryItems: query.items.filter { !takesWidgets || $0.name != AskedWidgets.parameter },
                unreadable: query.unreadable.filter { !takesWidgets || $0 != AskedWidgets.parameter },
                role: role)
        }
        async let arranged = services.layout(of: role, context)
        choices = try await DashboardChoices(services, context)
        layout = try await arranged
        if choices.shifts.isEmpty { view.period = view.period.withoutShifts }
        self.view = view
        period = try await AskedPeriod(view, choices, services, context)
    }

    /// The view's question, as that of its figures.
    var analysis: AnalysisQuery {
        get throws {
            AnalysisQuery(
                period: try period.request(), lines: view.lines, plant: view.plant, shift: view.shift,
                thresholdSeconds: view.thresholdSeconds)
        }
    }

    /// The dates that the view's figures are compared with; nil where none are chosen.
    private var comparison: PeriodRequest? {
        get throws {
            guard let from = view.comparedFrom, let to = view.comparedTo else { return nil }
            return PeriodRequest(from: try PeriodBound(parsing: from), to: try PeriodBound(parsing: to))
        }
    }

    /// Whether the plants have what the address names.
    ///
    /// - Throws: `invalid` with every fault at once, one for each parameter.
    func validate(_ services: Services, _ context: TenantContext) async throws {
        var faults: [ParameterFault] = []
        var json = JSONWriter()
        json.object { json in writeFilters(to: &json) }
        let compared = try comparison
        do {
            _ = try await services.call(
                ValidateFilters(comparison: compared), context, body: ByteBuffer(bytes: json.bytes))
        } catch {
            guard error.code == .invalid else { throw error }
            faults = view.renamed(error).parameters
        }
        for fault in choices.misfits(of: view) where !faults.contains(where: { $0.parameter == fault.parameter }) {
            faults.append(fault)
        }
        if !faults.isEmpty { throw Fault.invalid(faults) }
    }

    /// The worker's answer with the data of the wanted tiles of the view's tab.
    ///
    /// - Throws: `invalid` with every fault at once.
    func tiles(_ services: Services, _ context: TenantContext) async throws -> Data {
        let wanted = TileGroups(layout, view.tab).widgets(widgets)
        // There is nothing to ask.
        if wanted.isEmpty { return Data(#"{"widgets": {}}"#.utf8) }
        // The worker would answer with the tiles of no line at all.
        if !choices.misfits(of: view).isEmpty { try await validate(services, context) }
        var json = JSONWriter()
        json.object { json in
            writeFilters(to: &json)
            if let from = view.comparedFrom, let to = view.comparedTo {
                json.field("compare_from", from)
                json.field("compare_to", to)
            }
            json.key("widget_ids")
            json.array { json in
                for widget in wanted { json.value(widget.rawValue) }
            }
        }
        let reply: WorkerReply
        do {
            reply = try await services.call(
                QueryDashboard(
                    period: period.instants, comparesWithWeekBefore: view.comparison == .week,
                    isSearchedByCaller: view.search != nil),
                context, body: ByteBuffer(bytes: json.bytes))
        } catch {
            throw view.renamed(error)
        }
        return try await reply.wholeBody()
    }

    /// Writes the filters into the object that is open, as POST /dashboard/data and /filters/validate take them. Tables are looked
    /// through by what is read in them, when they are drawn.
    private func writeFilters(to json: inout JSONWriter) {
        json.key("daterange")
        json.object { json in
            json.field("start_date", period.dates.start)
            json.field("end_date", period.dates.end)
        }
        if let line = view.lines.single {
            json.field("line_id", line.rawValue)
        } else if let text = view.lines.text {
            json.field("line_id", text)
        }
        if let plant = view.plant { json.field("plant_id", plant.rawValue) }
        if let shift = view.shift { json.field("shift_id", shift.rawValue) }
        let interval = view.resolvedInterval(start: period.dates.start, end: period.dates.end)
        json.field("interval", interval.rawValue)
        view.units.write(to: &json)
        if let threshold = view.thresholdSeconds { json.field("downtime_threshold", threshold) }
        json.field("show_downtime", view.showsDowntime)
        json.field("highlight_peaks", view.highlightsPeaks)
        if let curve = view.curve { json.field("curve_type", curve.rawValue) }
    }
}

extension ChosenUnits {
    /// As the worker takes them; empty where all are meant.
    var body: ByteBuffer {
        if isAll { return ByteBuffer() }
        var json = JSONWriter()
        json.object { json in write(to: &json) }
        return ByteBuffer(bytes: json.bytes)
    }

    fileprivate func write(to json: inout JSONWriter) {
        json.key("area_ids")
        json.array { json in
            for area in areas { json.value(area.rawValue) }
        }
        json.key("product_ids")
        json.array { json in
            for product in products { json.value(product.rawValue) }
        }
    }
}

extension WorkerReply {
    /// The whole body as data, however it comes.
    func wholeBody() async throws -> Data {
        switch body {
        case .whole(let bytes):
            return Data(bytes.readableBytesView)
        case .arriving(let stream):
            var data = Data()
            for try await part in stream { data.append(contentsOf: part.readableBytesView) }
            return data
        }
    }
}
