import HTTPTypes
import IPC
import NIOCore
import Shared

/// GET list, GET one and POST of one kind of master data.
struct MasterDataRoutes: Sendable {
    private let services: Services
    private let resource: MasterDataResource

    init(_ services: Services, _ resource: MasterDataResource) {
        self.services = services
        self.resource = resource
    }

    private var path: String { "/api/v1/\(resource.rawValue)" }

    var routes: [Route] {
        [
            Route(
                .get, path, "Lists \(resource.rawValue)",
                .tenant(roles: .everyRole, scopes: [.read]) { context in
                    var query = QueryFields(context.request.uri.query)
                    let limit = query.integer("limit", in: 1...1_000) ?? 100
                    let after = query.integer("cursor", in: 0...Int64(Int32.max)) ?? 0
                    try query.finish()
                    return try await services.passOn(
                        ListMasterData(resource: resource, limit: UInt16(limit), after: after), context)
                }),
            Route(
                .get, "\(path)/{id}", "Reads one of \(resource.rawValue)",
                .tenant(roles: .everyRole, scopes: [.read]) { context in
                    guard let id = Int64(context.open.parameters[0]), (1...Int64(Int32.max)).contains(id) else {
                        throw Fault(code: .notFound)
                    }
                    return try await services.passOn(ReadMasterData(resource: resource, id: id), context)
                }),
            Route(
                .post, path, "Adds to \(resource.rawValue)", bodyLimit: .standard,
                .tenant(roles: .managersAndAbove, scopes: [.write]) { context in
                    let body = try await context.open.jsonBody()
                    try resource.check(Array(buffer: body))
                    return try await services.passOn(CreateMasterData(resource: resource), context, body: body)
                }),
        ]
    }
}
