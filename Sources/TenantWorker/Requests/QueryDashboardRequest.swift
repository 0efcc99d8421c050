import IPC
import Logging
import ManufacturingKPI
import NIOCore
import Shared

/// POST /dashboard/data.
extension WorkerRequests {
    func queryDashboard(_ call: QueryDashboard, _ request: IncomingRequest) async throws -> Answer {
        var (model, questions) = try await questions(request)
        questions.names = .dashboard
        var fields = try JSONFields(body: Array(buffer: request.body))
        let query = DashboardQuery(&fields)
            .over(
                call.period, comparedWithWeekBefore: call.comparesWithWeekBefore,
                searchedByCaller: call.isSearchedByCaller)
        try fields.finish()
        let principal = request.head.principal
        let scopes = try DashboardScope(
            query.filters, query.analysis, comparedWith: query.comparison, principal, model, now: questions.now)
        let scope = scopes.scope
        let place = try await longQuestions.place(for: scope, scopes.compared)
        defer { withExtendedLifetime(place) {} }
        let dashboard = try await Dashboard(query, scope, questions, principal)
        let tiles = await AllLoops.compute(query.widgets.count) { index in
            Result { try dashboard.data(of: query.widgets[index]) }
        }
        var json = JSONWriter(reservingCapacity: 65_536)
        json.object { json in
            json.key("widgets")
            json.object { json in
                for (kind, data) in zip(query.widgets, tiles) {
                    json.key(dynamic: kind.rawValue)
                    write(kind, data, request, to: &json)
                }
            }
            json.key("metadata")
            json.object { json in
                json.field("total_detections", dashboard.totalDetections)
                json.field("lines_queried", scope.entries.count)
                json.field("is_multi_line", scope.entries.count != 1)
                json.field("widget_count", query.widgets.count)
                json.period(scope.commonPeriod)
                json.field("interval", query.interval.rawValue)
                json.field("search", query.filters.search)
                json.field("now", questions.now)
            }
        }
        return .json(json)
    }

    /// One tile: its data, or the code of what went wrong with it. The others do not notice.
    private func write(
        _ kind: WidgetKind,
        _ data: Result<[UInt8], any Error>,
        _ request: IncomingRequest,
        to json: inout JSONWriter
    ) {
        json.object { json in
            json.field("widget_id", kind.rawValue)
            json.field("widget_name", kind.rawValue)
            json.field("widget_type", kind.type)
            do {
                let data = try data.get()
                json.key("data")
                json.raw(data)
            } catch {
                let fault = fault(from: error, request)
                logger.warning("widget failed", metadata: ["widget": "\(kind.rawValue)"])
                json.key("error")
                let code =
                    fault.isOfArchivedDetail ? ParameterFaultCode.archivedDetail.rawValue : fault.code.rawValue
                json.object { $0.field("code", code) }
            }
            json.key("metadata")
            json.object { _ in }
        }
    }
}
