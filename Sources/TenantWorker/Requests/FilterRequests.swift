import IPC
import ManufacturingKPI
import NIOCore
import Shared

/// GET /filters, GET /filters/{key}/options and POST /filters/validate.
extension WorkerRequests {
    func listFilters(_ call: ListFilters, _ request: IncomingRequest) async throws -> Answer {
        let model = try await models.model(deadline: request.deadline)
        let zone = model.plants(visibleTo: request.head.principal).first?.zone ?? tenantZone
        var json = JSONWriter(reservingCapacity: 4_096)
        json.object { json in
            json.key("items")
            json.array { json in
                for kind in FilterKind.allCases {
                    json.object { json in FilterJSON.write(kind, now: clock(), zone, to: &json) }
                }
            }
        }
        return .json(json)
    }

    func listFilterOptions(_ call: ListFilterOptions, _ request: IncomingRequest) async throws -> Answer {
        let model = try await models.model(deadline: request.deadline)
        let options = try FilterOptions(call, request.head.principal, model, now: clock())
        var json = JSONWriter(reservingCapacity: 4_096)
        json.object { json in
            json.field("key", call.filter.rawValue)
            json.field("parameter", call.filter.parameter)
            json.key("items")
            json.array { json in
                for option in options.items {
                    json.object { json in option.write(to: &json) }
                }
            }
        }
        return .json(json)
    }

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
        _ = try DashboardScope(filters, filters.analysis(over: period), principal, model, now: now)
        var json = JSONWriter()
        json.object { json in
            json.field("valid", true)
            json.key("filters")
            json.object { json in FilterJSON.write(filters, to: &json) }
        }
        return .json(json)
    }
}
