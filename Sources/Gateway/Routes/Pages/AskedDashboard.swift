import Foundation
import IPC
import NIOCore
import Shared

/// The view that a request of the dashboard's page or of its tiles names, and what it is chosen from.
struct AskedDashboard {
    let view: DashboardView
    let role: Role
    let choices: DashboardChoices
    /// First and last local date of its period, both included.
    private let dates: (start: String, end: String)

    /// - Throws: `invalid` with every fault of the address at once; `forbidden` for whoever is no user.
    init(_ services: Services, _ context: TenantContext) async throws {
        guard case .user(_, let role) = context.principal.kind else { throw Fault(code: .forbidden) }
        self.role = role
        let query = QueryItems(context.request.uri.query ?? "")
        view = try DashboardView(queryItems: query.items, unreadable: query.unreadable, role: role)
        choices = try await DashboardChoices(services, context)
        let seconds = Double(services.clock().microseconds) / 1_000_000
        dates = view.dates(secondsSince1970: seconds, zone: choices.zone(for: view))
    }

    /// Whether the plants have what the address names.
    ///
    /// - Throws: `invalid` with every fault at once, one for each parameter.
    func validate(_ services: Services, _ context: TenantContext) async throws {
        var faults: [ParameterFault] = []
        var json = JSONWriter()
        json.object { json in writeFilters(to: &json) }
        do {
            _ = try await services.call(ValidateFilters(), context, body: ByteBuffer(bytes: json.bytes))
        } catch {
            guard error.code == .invalid else { throw error }
            faults = view.renamed(error).parameters
        }
        for fault in choices.misfits(of: view) where !faults.contains(where: { $0.parameter == fault.parameter }) {
            faults.append(fault)
        }
        if !faults.isEmpty { throw Fault.invalid(faults) }
    }

    /// The worker's answer with the data of the tiles of the view's tab.
    ///
    /// - Throws: `invalid` with every fault at once.
    func tiles(_ services: Services, _ context: TenantContext) async throws -> WorkerReply {
        // The worker would answer with the tiles of no line at all.
        if !choices.misfits(of: view).isEmpty { try await validate(services, context) }
        var json = JSONWriter()
        json.object { json in
            writeFilters(to: &json)
            json.key("widget_ids")
            json.array { json in
                for widget in view.tab.widgets { json.value(widget.rawValue) }
            }
        }
        do {
            return try await services.call(QueryDashboard(), context, body: ByteBuffer(bytes: json.bytes))
        } catch {
            throw view.renamed(error)
        }
    }

    /// Writes the filters into the object that is open, as POST /dashboard/data and /filters/validate take them.
    private func writeFilters(to json: inout JSONWriter) {
        json.key("daterange")
        json.object { json in
            json.field("start_date", dates.start)
            json.field("end_date", dates.end)
        }
        if let line = view.lines.single {
            json.field("line_id", line.rawValue)
        } else if let text = view.lines.text {
            json.field("line_id", text)
        }
        if let plant = view.plant { json.field("plant_id", plant.rawValue) }
        if let shift = view.shift { json.field("shift_id", shift.rawValue) }
        json.field("interval", view.resolvedInterval(start: dates.start, end: dates.end).rawValue)
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
