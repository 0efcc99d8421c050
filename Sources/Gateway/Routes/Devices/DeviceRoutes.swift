import HTTPTypes
import IPC
import Identity
import NIOCore
import PostgresClient
import Shared

/// GET list, GET one, POST, PUT, DELETE and renewal of a tenant's screens and tablets.
struct DeviceRoutes: Sendable {
    static let path = "/api/v1/devices"
    /// What can be wrong with a body that only the plant's data tells.
    private static let lineFaults: Set<FaultCode> = [
        .workerStarting, .workerBackoff, .workerDraining, .overloaded, .deadlineExceeded,
    ]

    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var routes: [Route] {
        [
            Route(
                .get, Self.path, "Lists devices",
                .operation(
                    "listDevices", .devices,
                    "Also those that are revoked. Whoever is limited to plants sees those whose lines all stand there.",
                    query: NumberedPage.self, answers: .ok(.page(of: .device))),
                .tenant(roles: .managersAndAbove, scopes: []) { context in try await list(context) }),
            Route(
                .get, "\(Self.path)/{id}", "Reads a device",
                .operation("readDevice", .devices, answers: .object(.device)),
                .tenant(roles: .managersAndAbove, scopes: []) { context in try await read(context) }),
            Route(
                .post, Self.path, "Makes a device",
                .operation(
                    "makeDevice", .devices,
                    """
                    Only this answer has its link. A screen lasts for a year unless `expires_at` says otherwise, a station \
                    for ever.
                    """,
                    body: .json("NewDeviceBody") { _ = DeviceBody(&$0, now: Self.never) },
                    answers: .created(.newDevice),
                    refuses: Self.lineFaults),
                bodyLimit: .standard,
                .tenant(roles: .managersAndAbove, scopes: []) { context in try await make(context) }),
            Route(
                .put, "\(Self.path)/{id}", "Replaces what a device shows",
                .operation(
                    "replaceDevice", .devices, "Its kind and its link stay. It holds within 5 seconds.",
                    headers: [.ifMatch],
                    body: .json("DeviceBody") { _ = DeviceBody(&$0, now: Self.never, present: .andon) },
                    answers: .object(.device), refuses: Self.lineFaults),
                bodyLimit: .standard,
                .tenant(roles: .managersAndAbove, scopes: []) { context in try await replace(context) }),
            Route(
                .post, "\(Self.path)/{id}/renew", "Gives a device another link",
                .operation(
                    "renewDevice", .devices,
                    "The link before, and browsers that used it, are nothing within 5 seconds.",
                    headers: [.ifMatch], body: .nothing, answers: .ok(.newDevice)),
                bodyLimit: .standard,
                .tenant(roles: .managersAndAbove, scopes: []) { context in try await renew(context) }),
            Route(
                .delete, "\(Self.path)/{id}", "Revokes a device",
                .operation(
                    "revokeDevice", .devices, "It holds within 5 seconds.", headers: [.ifMatch], answers: .noContent),
                .tenant(roles: .managersAndAbove, scopes: []) { context in try await revoke(context) }),
        ]
    }

    private func list(_ context: TenantContext) async throws -> Response {
        let page = try NumberedPage(of: context.request)
        let limit = Int(page.limit)
        let devices = try await databaseFaults {
            try await ListDevices.read(
                services.pool.query(
                    ListDevices.statement(
                        context.tenant, within: context.principal.plants, after: page.after, limit: limit + 1),
                    deadline: Self.deadline))
        }
        return .page(devices, limit: limit, cursor: \.id.description) { $0.write(to: &$1) }
    }

    private func read(_ context: TenantContext) async throws -> Response {
        let id = try Self.id(context)
        return try await databaseFaults {
            try await services.pool.withTransaction(deadline: Self.deadline) { transaction in
                let device = try await held(id, context, transaction)
                return .object(device.json(), tag: device.entityTag, for: context.request)
            }
        }
    }

    private func make(_ context: TenantContext) async throws -> Response {
        let (body, plants) = try await body(Array(buffer: try await context.open.jsonBody()), context)
        let user = try Self.user(context)
        let token = RandomBytes.alphanumeric(count: SignIn.secretLength)
        return try await databaseFaults {
            try await services.pool.withTransaction(deadline: Self.deadline) { transaction in
                let number: Int64 = try await transaction.query(
                    InsertDevice.statement(
                        body, in: plants, tokenHash: Self.hash(token), of: context.tenant, by: user),
                    deadline: Self.deadline
                ).value(0, 0)
                let id = DeviceID(number)
                let device = try await held(id, context, transaction)
                try await record("device.created", id, context, transaction)
                return .object(
                    device.json(token, context.request), tag: device.entityTag, for: context.request, status: .created,
                    at: "\(Self.path)/\(number)")
            }
        }
    }

    private func replace(_ context: TenantContext) async throws -> Response {
        let bytes = Array(buffer: try await context.open.jsonBody())
        var shape = try JSONFields(body: bytes)
        _ = DeviceBody(&shape, now: services.clock(), present: .andon)
        try shape.finish()
        let id = try Self.id(context)
        let present = try await databaseFaults {
            try await services.pool.withTransaction(deadline: Self.deadline) { transaction in
                try await held(id, context, transaction)
            }
        }
        let (body, plants) = try await body(bytes, context, present: present.kind)
        return try await changing(context) { _, transaction in
            try await transaction.execute(UpdateDevice.statement(id, body, in: plants), deadline: Self.deadline)
            let changed = try await held(id, context, transaction)
            try await record("device.changed", id, context, transaction)
            return .object(changed.json(), tag: changed.entityTag, for: context.request)
        }
    }

    private func renew(_ context: TenantContext) async throws -> Response {
        let bytes = Array(buffer: try await context.open.wholeBody())
        if !bytes.isEmpty {
            var fields = try JSONFields(body: bytes)
            try fields.finish()
        }
        let token = RandomBytes.alphanumeric(count: SignIn.secretLength)
        return try await changing(context) { device, transaction in
            try await transaction.execute(
                RenewDevice.statement(device.id, tokenHash: Self.hash(token)), deadline: Self.deadline)
            try await record("device.renewed", device.id, context, transaction)
            return .object(device.json(token, context.request), tag: device.entityTag, for: context.request)
        }
    }

    private func revoke(_ context: TenantContext) async throws -> Response {
        try await changing(context) { device, transaction in
            try await transaction.execute(RevokeDevice.statement(device.id), deadline: Self.deadline)
            try await record("device.revoked", device.id, context, transaction)
            return Response(status: .noContent)
        }
    }

    // MARK: Parts

    private static let never = Instant(microseconds: 0)
    private static var deadline: ContinuousClock.Instant { .now + .seconds(10) }

    private static func hash(_ token: String) -> [UInt8] { ContentDigest.sha256(Array(token.utf8)) }

    /// What a body says, and the plants that its lines stand in: the worker knows them, and which of them the caller may see.
    private func body(
        _ bytes: [UInt8], _ context: TenantContext, present: DeviceKind? = nil
    ) async throws -> (DeviceBody, [PlantID]) {
        var fields = try JSONFields(body: bytes)
        let body = DeviceBody(
            &fields, now: services.clock(), present: present, language: context.principal.language)
        var plants: Set<PlantID> = []
        if !fields.hasFault("line_ids") {
            for (index, line) in body.lines.enumerated() {
                do throws(Fault) {
                    let reply = try await services.call(
                        ReadMasterData(resource: .productionLines, id: line.rawValue), context)
                    plants.insert(try await Self.plant(of: reply))
                } catch {
                    guard error.code == .notFound else { throw error }
                    fields.fault("line_ids[\(index)]", .unknownLine)
                }
            }
        }
        try fields.finish()
        return (body, plants.sorted())
    }

    private static func plant(of reply: WorkerReply) async throws(Fault) -> PlantID {
        guard let bytes = try? await reply.wholeBody(),
            let plant = (try? JSONReader.value(of: Array(bytes)))?["plant_id"].whole
        else { throw Fault(code: .internal) }
        return PlantID(plant)
    }

    private static func user(_ context: TenantContext) throws(Fault) -> UserID {
        guard case .user(let user, _) = context.principal.kind else { throw Fault(code: .forbidden) }
        return user
    }

    /// - Throws: `notFound` for what is no number of an object.
    private static func id(_ context: TenantContext) throws(Fault) -> DeviceID {
        guard let number = Int64(plain: context.open.parameters[0]), (1...Int64(Int32.max)).contains(number) else {
            throw Fault(code: .notFound)
        }
        return DeviceID(number)
    }

    /// Runs `body` with the device of the path, held, when it is what If-Match asks for.
    ///
    /// - Throws: `notFound` for none that the caller may look after, or one that is revoked; `preconditionFailed`.
    private func changing(
        _ context: TenantContext,
        _ body: (ListDevices.Row, borrowing PostgresTransaction) async throws -> Response
    ) async throws -> Response {
        let id = try Self.id(context)
        return try await databaseFaults {
            try await services.pool.withTransaction(deadline: Self.deadline) { transaction in
                let device = try await held(id, context, transaction)
                guard device.revokedAt == nil else { throw Fault(code: .notFound) }
                guard IfMatch.precondition(context.request.headers).holds(for: device.entityTag) else {
                    throw Fault(code: .preconditionFailed)
                }
                return try await body(device, transaction)
            }
        }
    }

    private func held(
        _ id: DeviceID, _ context: TenantContext, _ transaction: borrowing PostgresTransaction
    ) async throws -> ListDevices.Row {
        let rows = try await transaction.query(
            ReadDevice.statement(id, of: context.tenant, within: context.principal.plants), deadline: Self.deadline)
        guard let device = try ListDevices.read(rows).first else { throw Fault(code: .notFound) }
        return device
    }

    private func record(
        _ action: String, _ id: DeviceID, _ context: TenantContext, _ transaction: borrowing PostgresTransaction
    ) async throws {
        try await transaction.execute(
            InsertAuditEntry.statement(
                user: Self.user(context), tenant: context.tenant, action: action, object: "device:\(id)",
                from: context.open.caller),
            deadline: Self.deadline)
    }
}
