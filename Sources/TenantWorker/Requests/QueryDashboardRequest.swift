import IPC
import Logging
import ManufacturingKPI
import NIOCore
import Shared

/// POST /dashboard/data.
extension WorkerRequests {
    func queryDashboard(_ call: QueryDashboard, _ request: IncomingRequest) async throws -> Answer {
        let (model, questions) = try await questions(request)
        var fields = try JSONFields(body: Array(buffer: request.body))
        let query = DashboardQuery(&fields)
        try fields.finish()
        let scope = try AnalysisScope(
            query.analysis,
            principal: request.head.principal,
            model: model,
            now: questions.now,
            limit: query.interval.limit,
            names: .dashboard
        )
        try check(query, scope, model)
        let dashboard = try await Dashboard(query, scope, questions)
        var json = JSONWriter(reservingCapacity: 32_768)
        var failed: [(WidgetKind, any Error)] = []
        json.object { json in
            json.key("widgets")
            json.object { json in
                for kind in query.widgets {
                    do {
                        let data = try dashboard.data(of: kind)
                        json.key(dynamic: kind.rawValue)
                        write(kind, to: &json) { json in
                            json.key("data")
                            json.raw(data)
                        }
                    } catch {
                        failed.append((kind, error))
                        json.key(dynamic: kind.rawValue)
                        write(kind, to: &json) { json in
                            json.key("error")
                            json.object { $0.field("code", FaultCode.internal.rawValue) }
                        }
                    }
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
                json.field("now", questions.now)
            }
        }
        for (kind, error) in failed {
            logger.error("widget failed", metadata: ["widget": "\(kind.rawValue)", "error": "\(error)"])
        }
        return .json(json)
    }

    private func write(_ kind: WidgetKind, to json: inout JSONWriter, _ body: (inout JSONWriter) -> Void) {
        json.object { json in
            json.field("widget_id", kind.rawValue)
            json.field("widget_name", kind.rawValue)
            json.field("widget_type", kind.type)
            body(&json)
            json.key("metadata")
            json.object { _ in }
        }
    }

    /// The rules of areas and products that need the plant's data.
    private func check(_ query: DashboardQuery, _ scope: AnalysisScope, _ model: PlantModel) throws {
        var faults: [ParameterFault] = []
        let lines = Set(scope.entries.map(\.line.id))
        for (index, area) in (query.areas ?? []).enumerated()
        where !(model.area(area).map { lines.contains($0.line) } ?? false) {
            faults.append(ParameterFault(parameter: "area_ids[\(index)]", code: .unknownID))
        }
        for (index, product) in (query.products ?? []).enumerated() where model.product(product) == nil {
            faults.append(ParameterFault(parameter: "product_ids[\(index)]", code: .unknownID))
        }
        if !faults.isEmpty { throw Fault.invalid(faults) }
    }
}
