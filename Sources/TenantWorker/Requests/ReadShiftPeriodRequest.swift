import IPC
import ManufacturingKPI
import NIOCore
import Shared

/// What pages mean by this shift and the last one.
extension WorkerRequests {
    func readShiftPeriod(_ call: ReadShiftPeriod, _ request: IncomingRequest) async throws -> Answer {
        let model = try await models.model(deadline: request.deadline)
        let now = clock()
        let scope = try AnalysisScope(
            AnalysisQuery(period: .moment(now), lines: call.lines, plant: call.plant, shift: call.shift),
            principal: request.head.principal, model: model, now: now)
        let period = ShiftPeriod(
            scope.entries.map { entry in
                model.calendar(of: entry.line, entry.plant, commissionedAt: entry.line.commissionedAt)
            }, of: call.shift, isLast: call.isLast, now: now)
        var json = JSONWriter()
        json.object { json in
            json.key("period")
            json.object { json in
                json.field("from", period?.interval.start)
                json.field("to", period?.interval.end)
            }
            json.field("is_running", period?.isRunning ?? false)
            json.key("workings")
            json.array { json in
                for working in period?.workings ?? [] {
                    json.object { json in
                        json.key("working")
                        json.value(working.working, model)
                        json.field("timezone", working.zone.name)
                    }
                }
            }
        }
        return .json(json)
    }
}
