import IPC
import NIOCore
import Shared

/// POST /filters/validate.
extension WorkerRequests {
    func validateFilters(_ call: ValidateFilters, _ request: IncomingRequest) async throws -> Answer {
        let model = try await models.model(deadline: request.deadline)
        var fields = try JSONFields(body: Array(buffer: request.body))
        var filters = DashboardFilters(&fields)
        try fields.finish()
        let principal = request.head.principal
        let now = clock()
        let zone = FilterJSON.zone(of: filters, principal, model) ?? tenantZone
        let period = filters.period ?? DateRangeFilter.standard(now: now, in: zone)
        filters.period = period
        _ = try DashboardScope(
            filters, filters.analysis(over: period), comparedWith: call.comparison, principal, model, now: now)
        var json = JSONWriter()
        json.object { json in
            json.field("valid", true)
            json.key("filters")
            json.object { json in FilterJSON.write(filters, to: &json) }
        }
        return .json(json)
    }
}
