import HTTPTypes
import IPC
import NIOCore
import Shared

/// /station: the page of a shared tablet at a line, who is at it, and what he does to stops of its lines.
///
/// The tablet's cookie opens the page and reads; to change something a person types his PIN, which gives a ticket for his
/// turn. What changes stops are the rows of the API themselves, asked for that person, of the tablet's lines alone.
struct StationRoutes: Sendable {
    /// The rows of the API that a station has too, below its own path.
    private static let offered: [(HTTPRequest.Method, String)] = [
        (.get, "/downtimes"), (.get, "/downtimes/{line_id}/{event_id}"), (.post, "/downtimes/justify"),
        (.patch, "/downtimes/{line_id}/{event_id}"), (.post, "/downtimes/{line_id}/{event_id}/split"),
        (.post, "/downtimes/{line_id}/{event_id}/undo"),
    ]
    private static let api = "/api/v1"
    private static let path = "/station"

    private struct TurnBody: JSONBody {
        let user: UserID
        let pin: String

        init(_ fields: inout JSONFields) {
            user = fields.required(fields.identifier("user_id"), "user_id", UserID(1))
            pin = fields.required(fields.plainString("pin"), "pin", "")
        }
    }

    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    /// - Parameter others: the rows of the API, which do what is done at a station.
    func routes(beside others: [Route]) -> [Route] {
        [
            route(.get, "", "The page of a station") { context, device in try await show(device, context) },
            route(.get, "/offline.js", "Shows the page without a connection") { context, _ in try offline(context) },
            route(.get, "/board", "What a station shows") { context, device in
                let board = try await AskedStation(services, context, device).board(services, context)
                return .page(services.pages.stationBoard(board, site: context.site(services)))
            },
            route(.post, "/turn", "Begins a person's turn by his PIN") { context, device in
                try await begin(device, context)
            },
            route(.put, "/turn", "Lets a turn last on") { context, device in
                _ = try await person(context, device)
                return Response(status: .noContent)
            },
            route(.delete, "/turn", "Ends a turn") { context, _ in
                if let ticket = context.request.headers[.stationTurn] { services.stationTurns.end(ticket) }
                return Response(status: .noContent)
            },
        ]
            + Self.offered.compactMap { method, path in
                others.first { $0.method == method && $0.template == Self.api + path }.map { row in
                    route(method, path, row.summary, bodyLimit: row.bodyLimit) { context, device in
                        try await pass(row, context, device)
                    }
                }
            }
    }

    private func route(
        _ method: HTTPRequest.Method, _ path: String, _ summary: String, bodyLimit: Route.BodyLimit? = nil,
        _ handler: @escaping @Sendable (TenantContext, EnrolledDevice) async throws -> Response
    ) -> Route {
        Route(
            method, Self.path + path, summary, .unlisted("Of the page of a station."),
            bodyLimit: bodyLimit ?? (method == .post ? Route.BodyLimit.standard : Route.BodyLimit.none),
            .page(roles: [], devices: [.station]) { context in
                guard let device = context.identity.device else { throw Fault(code: .forbidden) }
                return try await handler(context, device)
            })
    }

    // MARK: The page

    private func show(_ device: EnrolledDevice, _ context: TenantContext) async throws -> Response {
        let asked = try await AskedStation(services, context, device)
        let (causes, latest) = try await asked.causes(services, context)
        guard let csrfToken = context.identity.csrfToken else { throw Fault(code: .internal) }
        let html = services.pages.stationPage(
            StationPage(device: device, causes: causes, latest: latest, csrfToken: csrfToken),
            site: context.site(services))
        return .page(html)
    }

    /// The script that keeps the page. It is served beside the page and not with the other files, because a browser lets such a
    /// script work only below its own path, and by the policy it came with.
    private func offline(_ context: TenantContext) throws(Fault) -> Response {
        guard let file = services.files.file("station_offline.js") else { throw Fault(code: .notFound) }
        return Response(
            status: .ok,
            headers: [
                .contentType: file.type, .cacheControl: "no-cache",
                .serviceWorkerAllowed: context.request.base + Self.path,
            ],
            body: .init(byteBuffer: file.bytes))
    }

    // MARK: Turns

    private func begin(_ device: EnrolledDevice, _ context: TenantContext) async throws -> Response {
        let body = try TurnBody.read(Array(buffer: try await context.open.jsonBody()))
        let (ticket, person) = try await services.stationPeople.begin(
            body.user, pin: body.pin, at: device, from: context.open.caller)
        var json = JSONWriter()
        json.object { json in
            json.field("turn", ticket)
            json.field("user_id", person.id.rawValue)
            json.field("name", person.name)
            // Others split only stops that they have entered.
            json.field("splits_any", Set<Role>.managersAndAbove.contains(person.role))
            json.field("seconds", Int64(StationTurns.seconds))
        }
        return .json(json)
    }

    private func person(_ context: TenantContext, _ device: EnrolledDevice) async throws -> VerifiedIdentity {
        try await services.stationPeople.identity(context.request.headers[.stationTurn], at: device)
    }

    // MARK: Stops

    /// Asks a row of the API: for reading as the tablet, for a change as the person whose turn it is.
    private func pass(
        _ row: Route, _ context: TenantContext, _ device: EnrolledDevice
    ) async throws -> Response {
        guard case .tenant(let roles, _, let handler) = row.handler else { throw Fault(code: .notFound) }
        var identity = context.identity
        if row.method != .get {
            identity = try await person(context, device)
            guard case .user(_, let role) = identity.principal.kind, roles.contains(role) else {
                throw Fault(code: .forbidden)
            }
        }
        var open = context.open
        if open.bodyLimit > 0 { open.request = open.request.with(body: try await open.wholeBody()) }
        try Self.check(open, device)
        return try await services.records.serve(TenantContext(open: open, identity: identity), row, by: handler)
    }

    /// Whether a request names lines of the device, by path, query or body.
    ///
    /// - Throws: `notFound` for any other line, as for one that there is not.
    private static func check(_ open: OpenContext, _ device: EnrolledDevice) throws(Fault) {
        let own = Set(device.lines.map(\.description))
        if let line = open.parameters.first {
            guard own.contains(String(line)) else { throw Fault(code: .notFound) }
        } else if case .whole(let bytes) = open.request.body, bytes.readableBytes > 0 {
            // What is no such body is refused by the row itself.
            guard let line = (try? JSONReader.value(of: Array(buffer: bytes)))?["line_id"].whole else { return }
            guard own.contains("\(line)") else { throw Fault(code: .notFound) }
        } else if open.request.method == .get || open.request.method == .head {
            let named = QueryItems(open.request.uri.query ?? "").items.filter { $0.name == "line_id" }
            guard !named.isEmpty else { throw .invalid("line_id", .required) }
            guard named.allSatisfy({ own.contains($0.value) }) else { throw Fault(code: .notFound) }
        }
    }
}
