import HTTPTypes
import IPC
import NIOCore
import Shared

/// GET list, GET one, POST, PUT and DELETE of one kind of master data.
struct MasterDataRoutes: Sendable {
    private let services: Services
    private let resource: MasterDataResource

    init(_ services: Services, _ resource: MasterDataResource) {
        self.services = services
        self.resource = resource
    }

    private var path: String { "/api/v1/\(resource.rawValue)" }

    /// - Parameter event: what happened to one of them.
    private func record(_ event: String) -> RequestRecord {
        let kind = String(resource.idField.dropLast("_id".count))
        return .change(AuditedChange("\(kind).\(event)", of: kind, namedBy: resource.idField))
    }

    var routes: [Route] {
        let noun = resource.noun
        let shape = JSONShape.object(of: resource)
        return [
            Route(
                .get, path, "Lists \(resource.rawValue)",
                .operation(
                    "list\(noun)s", .masterData, query: NumberedPage.self,
                    answers: .ok(JSONShape.page(of: shape).named("\(noun)s"))),
                .tenant(roles: resource.readers, scopes: resource.isForKeys ? [.read] : []) { context in
                    let page = try NumberedPage(of: context.request)
                    return try await services.passOn(
                        ListMasterData(resource: resource, limit: page.limit, after: page.after), context)
                }),
            Route(
                .get, "\(path)/{id}", "Reads one of \(resource.rawValue)",
                .operation("read\(noun)", .masterData, answers: .object(shape)),
                .tenant(roles: resource.readers, scopes: resource.isForKeys ? [.read] : []) { context in
                    try await services.passOn(ReadMasterData(resource: resource, id: id(context)), context)
                }),
            Route(
                .post, path, "Adds to \(resource.rawValue)",
                .operation(
                    "add\(noun)", .masterData, body: .json(resource.body), answers: .created(shape),
                    refuses: [.alreadyExists, .conflict]),
                bodyLimit: .standard, record: record("created"),
                .tenant(roles: .managersAndAbove, scopes: resource.isForKeys ? [.write] : []) { context in
                    let body = try await checkedBody(context)
                    return try await services.passOn(CreateMasterData(resource: resource), context, body: body)
                }),
            Route(
                .put, "\(path)/{id}",
                resource.isDated
                    ? "Replaces one of \(resource.rawValue), or adds a version to it"
                    : "Replaces one of \(resource.rawValue)",
                .operation(
                    "replace\(noun)", .masterData,
                    resource.isDated
                        ? "With `valid_from` a version is put there; without it the newest one is corrected."
                        : "What the body leaves out goes back to its default.",
                    headers: [.ifMatch], body: .json(resource.body), answers: .object(shape),
                    refuses: [.alreadyExists, .conflict]),
                bodyLimit: .standard, record: record("changed"),
                .tenant(roles: .managersAndAbove, scopes: resource.isForKeys ? [.write] : []) { context in
                    let body = try await checkedBody(context)
                    let call = ReplaceMasterData(
                        resource: resource,
                        id: try id(context),
                        precondition: IfMatch.precondition(context.request.headers)
                    )
                    return try await services.passOn(call, context, body: body)
                }),
            Route(
                .delete, "\(path)/{id}", "Deletes one of \(resource.rawValue), or deactivates it",
                .operation(
                    "delete\(noun)", .masterData, headers: [.ifMatch],
                    answers: .noContent("It is gone."),
                    .object(shape, "History needs it: it stays and is not active."), refuses: [.conflict]),
                record: record("deleted"),
                .tenant(roles: .managersAndAbove, scopes: resource.isForKeys ? [.write] : []) { context in
                    let call = DeleteMasterData(
                        resource: resource,
                        id: try id(context),
                        precondition: IfMatch.precondition(context.request.headers)
                    )
                    return try await services.passOn(call, context)
                }),
        ]
    }

    /// - Throws: `notFound` for what is no number of an object.
    private func id(_ context: TenantContext) throws(Fault) -> Int64 {
        guard let id = Int64(plain: context.open.parameters[0]), (1...Int64(Int32.max)).contains(id) else {
            throw Fault(code: .notFound)
        }
        return id
    }

    /// The body, right in itself.
    private func checkedBody(_ context: TenantContext) async throws -> ByteBuffer {
        let body = try await context.open.jsonBody()
        do throws(Fault) {
            try resource.check(Array(buffer: body))
            return body
        } catch {
            throw error.code == .invalid ? await everyFault(error, of: body, context) : error
        }
    }

    /// The faults of a body in itself and those that the worker finds beside them, which knows the plant's data, so that
    /// the answer names all at once. Without a worker, the former.
    private func everyFault(_ own: Fault, of body: ByteBuffer, _ context: TenantContext) async -> Fault {
        do throws(Fault) {
            _ = try await services.call(CheckMasterData(resource: resource), context, body: body)
            return own
        } catch {
            return error.code == .invalid && error.parameters.count >= own.parameters.count ? error : own
        }
    }
}

extension MasterDataResource {
    /// Who reads it. Managers and above change it.
    fileprivate var readers: Set<Role> {
        switch self {
        case .layouts: .managersAndAbove
        case .plants, .productionLines, .areas, .products, .idealRates, .shifts, .calendarExceptions, .failures,
            .incidents, .lineGroups:
            .everyRole
        }
    }

    /// Whether keys reach it.
    fileprivate var isForKeys: Bool { self != .layouts }
}
