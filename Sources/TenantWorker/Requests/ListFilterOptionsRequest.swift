import IPC
import Shared

/// GET /filters/{key}/options.
extension WorkerRequests {
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
}
