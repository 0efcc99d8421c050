import HTTPTypes
import IPC
import Identity
import NIOCore
import Shared

/// GET list, GET one, POST, PUT and DELETE of a tenant's people.
struct UserRoutes: Sendable {
    private static let path = "/api/v1/users"

    private struct Query: QueryParameters {
        let limit: Int
        /// The number the page before ended with; 0 for the first page.
        let after: Int64
        /// Part of a name or an e-mail.
        let search: FoldedName?

        init(_ fields: inout QueryFields) {
            limit = Int(fields.limit())
            after = fields.integer("cursor", in: 0...Int64(Int32.max)) ?? 0
            search = UserRoutes.search(&fields)
        }
    }

    /// What can be wrong with a body that only the plant's data tells.
    private static let plantFaults: Set<FaultCode> = [
        .workerStarting, .workerBackoff, .workerDraining, .overloaded, .deadlineExceeded,
    ]

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
                .operation(
                    "listUsers", .people, "Whoever is limited to plants sees people who are limited to some of these.",
                    query: Query.self, answers: .ok(.page(of: .user))),
                .tenant(roles: .adminsAndAbove, scopes: []) { context in try await list(context) }),
            Route(
                .get, "\(Self.path)/{id}", "Reads a person",
                .operation("readUser", .people, answers: .object(.user)),
                .tenant(roles: .adminsAndAbove, scopes: []) { context in
                    let member = try await users.read(id(context), actor(context))
                    return .object(member.json, tag: member.entityTag, for: context.request)
                }),
            Route(
                .post, Self.path, "Makes a person",
                .operation(
                    "makeUser", .people, "Nobody gives more than he has.",
                    body: .json("NewUserBody") { _ = UserBody(&$0, isNew: true, words: []) },
                    answers: .created(.user), refuses: Self.plantFaults.union([.usernameTaken])),
                bodyLimit: .standard,
                .tenant(roles: .adminsAndAbove, scopes: []) { context in try await make(context) }),
            Route(
                .put, "\(Self.path)/{id}", "Replaces what a person may",
                .operation(
                    "replaceUser", .people,
                    """
                    Without `password`, `permissions` or `is_active` these stay as they are; without `plant_ids` it is \
                    every plant. One's own password is changed with POST /auth/password.
                    """,
                    headers: [.ifMatch], body: .json("UserBody") { _ = UserBody(&$0, isNew: false, words: []) },
                    answers: .object(.user),
                    refuses: Self.plantFaults.union([.usernameTaken, .lastAdmin, .reauthRequired])),
                bodyLimit: .standard,
                .tenant(roles: .adminsAndAbove, scopes: []) { context in try await replace(context) }),
            Route(
                .delete, "\(Self.path)/{id}", "Takes a person out of the company",
                .operation(
                    "removeUser", .people, "What he did stays his.", headers: [.ifMatch], answers: .noContent,
                    refuses: [.lastAdmin]),
                .tenant(roles: .adminsAndAbove, scopes: []) { context in
                    try await users.remove(
                        id(context), if: IfMatch.precondition(context.request.headers), actor(context))
                    return Response(status: .noContent)
                }),
        ]
    }

    private func list(_ context: TenantContext) async throws -> Response {
        let query = try Query(of: context.request)
        let limit = query.limit
        let members = try await users.list(
            actor(context), search: query.search, after: query.after, limit: limit + 1)
        return .page(members, limit: limit, cursor: \.id.description) { $0.write(to: &$1) }
    }

    private static func search(_ query: inout QueryFields) -> FoldedName? {
        query.note("q", .text(JSONShape.Text(lengths: 0...255)))
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
