import IPC
import Shared

/// GET /filters.
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
}
