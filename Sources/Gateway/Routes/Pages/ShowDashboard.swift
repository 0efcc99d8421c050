import Foundation
import HTTPTypes
import IPC
import NIOCore
import Shared

/// GET /: the dashboard's shell; its tiles follow.
struct ShowDashboard: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(.get, "/", "The dashboard", .page(roles: .everyRole) { context in try await show(context) })
    }

    private func show(_ context: TenantContext) async throws -> Response {
        guard case .pageSession(let token) = context.identity.proof,
            case .user(let user, let role) = context.principal.kind
        else { throw Fault(code: .forbidden) }
        let view = try DashboardView(
            queryItems: QueryItems(context.request.uri.query ?? "").items, role: role)
        let choices = try await DashboardChoices(services, context)
        let memberships = try await services.signIn.memberships(of: user)
        let site = context.open.site(services, user: context.principal.language)
        let html = services.pages.dashboardPage(
            DashboardPage(
                view: view,
                tenantName: memberships.first { $0.tenant == context.tenant }?.name ?? "",
                userName: try await services.signIn.name(of: user),
                role: role,
                csrfToken: token,
                plants: choices.plants.map { DashboardPage.Plant(id: PlantID($0.plantId), name: $0.plantName) },
                lines: choices.lines.map {
                    DashboardPage.Line(
                        id: LineID($0.lineId), plant: PlantID($0.plantId), code: $0.lineCode, name: $0.lineName)
                },
                shifts: choices.shifts.map {
                    DashboardPage.Shift(
                        id: ShiftID($0.shiftId), plant: $0.plantId.map { PlantID($0) }, name: $0.shiftName)
                }
            ),
            site: site
        )
        return .page(html)
    }
}

/// What the filters of the dashboard offer, as the worker's lists give it.
struct DashboardChoices {
    struct Plant: Decodable {
        var plantId: Int64
        var plantName: String
        var timezone: String
    }

    struct Line: Decodable {
        var lineId: Int64
        var plantId: Int64
        var lineCode: String
        var lineName: String
    }

    struct Shift: Decodable {
        var shiftId: Int64
        var plantId: Int64?
        var shiftName: String
    }

    private struct Page<Item: Decodable>: Decodable {
        var items: [Item]
    }

    var plants: [Plant]
    var lines: [Line]
    var shifts: [Shift]

    init(_ services: Services, _ context: TenantContext) async throws {
        plants = try await Self.list(.plants, services, context)
        lines = try await Self.list(.productionLines, services, context)
        shifts = try await Self.list(.shifts, services, context)
    }

    private static func list<Item: Decodable>(
        _ resource: MasterDataResource,
        _ services: Services,
        _ context: TenantContext
    ) async throws -> [Item] {
        let reply = try await services.call(ListMasterData(resource: resource, limit: 1_000, after: 0), context)
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try await decoder.decode(Page<Item>.self, from: reply.wholeBody()).items
    }

    /// The zone whose today is meant: the chosen line's plant's, the chosen plant's, or that of all plants.
    func zone(for view: DashboardView) -> String? {
        let line = lines.first { $0.lineId == view.line?.rawValue }
        if let plant = line?.plantId ?? view.plant?.rawValue {
            return plants.first { $0.plantId == plant }?.timezone
        }
        return plants.first?.timezone
    }
}

extension WorkerReply {
    /// The whole body as data, however it comes.
    func wholeBody() async throws -> Data {
        switch body {
        case .whole(let bytes):
            return Data(bytes.readableBytesView)
        case .arriving(let stream):
            var data = Data()
            for try await part in stream { data.append(contentsOf: part.readableBytesView) }
            return data
        }
    }
}
