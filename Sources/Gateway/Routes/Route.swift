import HTTPTypes
import Shared

/// One row of the route table. Routing, rights, limits and documentation are all read from it.
///
/// A class: every request looks at its row, and none should copy what stands in it.
final class Route: Sendable {
    enum Handler: Sendable {
        /// Serves anybody; learns nothing about who asks.
        case open(@Sendable (OpenContext) async throws -> Response)
        /// Serves whoever is signed in with one of these roles, or an API key with one of these scopes.
        case tenant(
            roles: Set<Role>,
            scopes: Set<KeyScope>,
            @Sendable (TenantContext) async throws -> Response
        )
        /// A page: serves the signed-in, and sends everybody else to the sign-in page. Where nobody is signed in it also serves
        /// devices of these kinds; without roles it is theirs alone.
        case page(
            roles: Set<Role>, devices: Set<DeviceKind> = [], @Sendable (TenantContext) async throws -> Response)
    }

    /// How much of a body is read, and for whose sake.
    enum BodyLimit: Sendable {
        case none
        case standard
        /// Of a batch in JSON; a stream of lines may be longer.
        case ingest

        var bytes: Int {
            switch self {
            case .none: 0
            case .standard: 1 << 20
            case .ingest: 8 << 20
            }
        }

        /// The same for one request.
        func bytes(for request: Request) -> Int {
            guard case .ingest = self, DetectionFormat(request) != .batch else { return bytes }
            return 64 << 20
        }
    }

    /// Which limit of the rate applies.
    enum Rate: Sendable {
        /// None: probes, static files and the pages of signing in, which has limits of its own.
        case unlimited
        /// Requests per minute of the principal and of the tenant.
        case requests
        /// Requests in flight of the tenant; the worker counts the rows.
        case ingest
    }

    let method: HTTPRequest.Method
    /// Path with parameters in braces, e.g. `/api/v1/plants/{id}`; also the name of the route in metrics and log. A last
    /// segment `{path...}` takes the rest of the path.
    let template: String
    /// One line: what it does.
    let summary: String
    let documentation: Documentation
    let bodyLimit: BodyLimit
    let rate: Rate
    /// Whether the whole request has a deadline; streams have none.
    let hasDeadline: Bool
    /// What is remembered of it for good.
    let record: RequestRecord
    /// Whether it also serves people who must enrol a second factor before anything else.
    let isForEnrolling: Bool
    let handler: Handler

    init(
        _ method: HTTPRequest.Method,
        _ template: String,
        _ summary: String,
        _ documentation: Documentation,
        bodyLimit: BodyLimit = .none,
        rate: Rate = .requests,
        hasDeadline: Bool = true,
        record: RequestRecord = .none,
        isForEnrolling: Bool = false,
        _ handler: Handler
    ) {
        self.method = method
        self.template = template
        self.summary = summary
        self.documentation = documentation
        self.bodyLimit = bodyLimit
        self.rate = rate
        self.hasDeadline = hasDeadline
        self.record = record
        self.isForEnrolling = isForEnrolling
        self.handler = handler
    }
}

extension Set<Role> {
    /// Everybody who is a member of the tenant.
    static var everyRole: Set<Role> { Set(Role.allCases) }
    static var managersAndAbove: Set<Role> { [.superAdmin, .admin, .manager] }
    static var operatorsAndAbove: Set<Role> { [.superAdmin, .admin, .manager, .operator] }
    static var adminsAndAbove: Set<Role> { [.superAdmin, .admin] }
}
