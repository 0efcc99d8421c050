import HTTPTypes
import IPC
import Identity
import NIOCore
import Shared

/// GET list, GET one, POST, PUT and DELETE of a tenant's people.
struct UserRoutes: Sendable {
    private static let path = "/api/v1/users"

    private let services: Services
    private let users: UserAdministration

    init(_ services: Services) {
        self.services = services
        users = UserAdministration(pool: services.pool, passwords: services.signIn.passwords)
    }

    var routes: [Route] {
        [
            Route(
                .get, Self.path, "Lists people",
                .tenant(roles: .adminsAndAbove, scopes: []) { context in try await list(context) }),
            Route(
                .get, "\(Self.path)/{id}", "Reads a person",
                .tenant(roles: .adminsAndAbove, scopes: []) { context in
                    let member = try await users.read(id(context), actor(context))
                    return .object(member.json, tag: member.entityTag, for: context.request)
                }),
            Route(
                .post, Self.path, "Makes a person", bodyLimit: .standard,
                .tenant(roles: .adminsAndAbove, scopes: []) { context in try await make(context) }),
            Route(
                .put, "\(Self.path)/{id}", "Replaces what a person may", bodyLimit: .standard,
                .tenant(roles: .adminsAndAbove, scopes: []) { context in try await replace(context) }),
            Route(
                .delete, "\(Self.path)/{id}", "Takes a person out of the company",
                .tenant(roles: .adminsAndAbove, scopes: []) { context in
                    try await users.remove(
                        id(context), if: IfMatch.precondition(context.request.headers), actor(context))
                    return Response(status: .noContent)
                }),
        ]
    }

    private func list(_ context: TenantContext) async throws -> Response {
        var query = QueryFields(context.request.uri.query)
        let limit = Int(query.limit())
        let after = query.integer("cursor", in: 0...Int64(Int32.max)) ?? 0
        let search = Self.search(&query)
        try query.finish()
        let members = try await users.list(actor(context), search: search, after: after, limit: limit + 1)
        var json = JSONWriter()
        json.object { json in
            json.key("items")
            json.array { json in
                for member in members.prefix(limit) { member.write(to: &json) }
            }
            json.field("next_cursor", members.count > limit ? members[limit - 1].id.description : nil)
        }
        return .json(json)
    }

    /// Part of a name or an e-mail.
    private static func search(_ query: inout QueryFields) -> FoldedName? {
        guard let text = query.text("q") else { return nil }
        let folded = FoldedName(text)
        if folded.text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
            query.fault("q", .invalidFormat)
        } else if folded.text.unicodeScalars.count > 255 {
            query.fault("q", .tooLong, limit: "255")
        }
        return folded
    }

    private func make(_ context: TenantContext) async throws -> Response {
        let actor = try actor(context)
        var fields = try await fields(context)
        let body = UserBody(&fields, isNew: true, words: try await users.wellKnownWords(actor))
        try await noteUnknownPlants(of: body, in: &fields, context)
        try fields.finish()
        try users.checkGrant(body, actor)
        guard let password = body.password else { throw Fault(code: .internal) }
        let member = try await users.create(body, password: password, actor)
        return .object(
            member.json, tag: member.entityTag, for: context.request, status: .created,
            at: "\(Self.path)/\(member.id)")
    }

    private func replace(_ context: TenantContext) async throws -> Response {
        let actor = try actor(context)
        let id = try id(context)
        let precondition = IfMatch.precondition(context.request.headers)
        var fields = try await fields(context)
        let body = UserBody(&fields, isNew: false, words: try await users.wellKnownWords(actor))
        var own = fields
        do {
            try own.finish()
        } catch {
            try await noteUnknownPlants(of: body, in: &fields, context)
            try fields.finish()
        }
        try users.checkGrant(body, actor)
        // Whether there is such a person is told before what only the plant's data can tell.
        let member = try await users.read(id, actor)
        guard precondition.holds(for: member.entityTag) else { throw Fault(code: .preconditionFailed) }
        try await noteUnknownPlants(of: body, in: &fields, context)
        try fields.finish()
        let changed = try await users.replace(id, body, if: precondition, actor)
        return .object(changed.json, tag: changed.entityTag, for: context.request)
    }

    // MARK: Parts

    private func fields(_ context: TenantContext) async throws -> JSONFields {
        try JSONFields(body: Array(buffer: try await context.open.jsonBody()))
    }

    /// Asks the worker, which knows the plants and those that the caller may see.
    private func noteUnknownPlants(
        of body: UserBody, in fields: inout JSONFields, _ context: TenantContext
    ) async throws {
        for (index, plant) in (body.plants ?? []).enumerated() {
            do throws(Fault) {
                _ = try await services.call(ReadMasterData(resource: .plants, id: plant.rawValue), context)
            } catch {
                guard error.code == .notFound else { throw error }
                fields.fault("plant_ids[\(index)]", .unknownID)
            }
        }
    }

    /// - Throws: `notFound` for what is no number of a person.
    private func id(_ context: TenantContext) throws(Fault) -> UserID {
        guard let number = Int64(plain: context.open.parameters[0]), (1...Int64(Int32.max)).contains(number) else {
            throw Fault(code: .notFound)
        }
        return UserID(number)
    }

    private func actor(_ context: TenantContext) throws(Fault) -> UserAdministration.Actor {
        guard case .user(let user, let role) = context.principal.kind else { throw Fault(code: .forbidden) }
        return UserAdministration.Actor(
            user: user, role: role, tenant: context.tenant, plants: context.principal.plants,
            caller: context.open.caller)
    }
}
