import HTTPTypes
import Identity
import Logging
import NIOCore
import Shared

/// The way of every request, stage by stage: name it, check its size, find its route, find out who asks, count it, check
/// that he may, serve it; and whatever comes of that, the same headers, log and metrics for all.
///
/// Written as one function per stage and not as a chain of middleware, because the hop to the worker leaves a few
/// microseconds for all of it.
struct RequestPipeline: HTTPResponder {
    let routes: [Route]
    let index: RouteIndex
    let identification: Identification
    let limits: RateLimits
    let quotaRefusals: QuotaRefusals
    let underWay: RequestsUnderWay
    let strangersBodies: StrangersBodies
    let records: RecordedRequests
    let compression: AnswerCompression
    /// The path everything is served below; empty at the root.
    let base: String
    let metrics: RequestMetrics
    let accessLog: AccessLog
    let texts: FaultTexts
    let pages: PageFaults
    let clock: @Sendable () -> Instant
    let requestDeadline: TimeAmount
    let logger: Logger

    /// Serves one request; never fails, whatever it is.
    func answer(_ request: Request) async -> Answer {
        let started = NIODeadline.now()
        let request = request.below(base)
        let requestID = RequestID.of(request.headers)
        let language = PreferredLanguage.of(request.headers)
        let place = underWay.begin()
        var trail = Trail(client: request.client.counted)
        var closesConnection = false
        var response: Response
        do {
            response = try await serve(request, requestID, language, started, place, &trail)
            response = await compression.apply(to: response, of: request, route: trail.route)
        } catch {
            // Who has gone meanwhile hears no answer; what he gave up is no failure of the server's.
            let fault = Task.isCancelled ? Fault(code: .requestTimeout) : fault(from: error, requestID: requestID)
            records.note(
                fault, trail.identity, trail.route.map { routes[$0] },
                from: InsertAuditEntry.Caller(address: trail.client, requestID: requestID))
            response = refusal(fault, request, requestID, trail)
            // A refusal that is a page loads its files like any other, also where no route is.
            if trail.pageNonce == nil, PageFaults.wantsPage(request) { trail.pageNonce = RequestID.random() }
            closesConnection = fault.closesConnection
            if let fields = limits.fields(of: fault) { trail.tell(fields) }
            if let limit = fault.limit { quotaRefusals.count(limit, of: trail.identity?.principal.tenant) }
        }
        response.lead(below: base)
        let answer = Answer(
            response: response,
            requestID: requestID,
            microseconds: (NIODeadline.now() - started).nanoseconds / 1_000,
            pageNonce: trail.pageNonce,
            closesConnection: closesConnection,
            rate: trail.rate,
            place: response.body.isEndless ? nil : place
        )
        record(answer, method: request.method.rawValue, trail)
        return answer
    }

    func refusal(_ code: FaultCode, _ fields: RequestFields?, from client: ClientAddress) -> Answer {
        let requestID = fields.map(RequestID.of) ?? RequestID.random()
        let problem = ProblemDocument(
            fault: Fault(code: code),
            requestID: requestID,
            language: fields.map { PreferredLanguage.of($0) } ?? .spanish,
            texts: texts
        )
        let answer = Answer(
            response: problem.response,
            requestID: requestID,
            microseconds: 0,
            pageNonce: nil,
            closesConnection: true
        )
        record(answer, method: "", Trail(client: client))
        return answer
    }

    private func record(_ answer: Answer, method: String, _ trail: Trail) {
        let status = answer.response.status.code
        metrics.count(route: trail.route, status: status, microseconds: answer.microseconds)
        accessLog.write(
            at: clock(),
            requestID: answer.requestID,
            client: trail.client,
            method: method,
            template: trail.route.map { routes[$0].template } ?? "none",
            status: status,
            microseconds: answer.microseconds,
            tenant: trail.tenant
        )
    }

    /// What the stages have learned so far, for the log and for the form of a refusal.
    private struct Trail {
        var client: ClientAddress
        var route: Int?
        /// Who asks, once that is known.
        var identity: VerifiedIdentity?
        var tenant: TenantID? { identity?.principal.tenant }
        var language: LanguageCode? { identity?.principal.language }
        var pageNonce: String?
        var methods: [HTTPRequest.Method] = []
        /// What the answer says of the limits it was counted by.
        var rate: RateLimitFields?

        mutating func tell(_ fields: RateLimitFields) {
            if rate == nil { rate = fields } else { rate?.add(fields) }
        }
    }

    /// What allows a page's own scripts: 130 random bits, in characters that need no quoting.
    private static func nonce() -> String { RandomBytes.alphanumeric(count: 22) }

    private func serve(
        _ request: Request,
        _ requestID: String,
        _ language: LanguageCode,
        _ started: NIODeadline,
        _ place: RequestsUnderWay.Place,
        _ trail: inout Trail
    ) async throws -> Response {
        try HeadLimits.check(request)
        let route: Route
        let parameters: [Substring]
        switch index.match(request.method, request.uri.path) {
        case .route(let number, let values):
            trail.route = number
            route = routes[number]
            parameters = values
        case .otherMethods(let methods):
            trail.methods = methods
            throw Fault(code: .methodNotAllowed)
        case .nothing:
            throw Fault(code: .notFound)
        }
        let bodyLimit = route.bodyLimit.bytes(for: request)
        try HeadLimits.checkBody(request, limit: bodyLimit)
        if case .none = route.bodyLimit { try await request.skipBody() }
        var open = OpenContext(
            request: request,
            parameters: parameters,
            requestID: requestID,
            clientAddress: trail.client,
            deadline: route.hasDeadline ? started + requestDeadline : .distantFuture,
            language: language,
            nonce: "",
            bodyLimit: bodyLimit
        )
        switch route.handler {
        case .open(let handler):
            place.belongs(to: nil)
            if route.isPage {
                open.nonce = Self.nonce()
                trail.pageNonce = open.nonce
            }
            open.bodyShare = strangersBodies.share()
            defer { withExtendedLifetime(open.bodyShare) {} }
            return try await handler(open)
        case .page(let roles, let devices, let handler):
            open.nonce = Self.nonce()
            trail.pageNonce = open.nonce
            guard let identity = try await identification.ofPage(request, isForPeople: !roles.isEmpty, devices) else {
                if roles.isEmpty { throw Fault(code: .deviceNotEnrolled) }
                return SignInRedirect.response(to: request)
            }
            place.belongs(to: identity.principal.tenant)
            try count(identity, route, &trail)
            if identity.mustEnrol, !route.isForEnrolling { return SignInRedirect.toEnrolling }
            let context = try admit(identity, open, route, roles: roles, scopes: [], devices)
            return try await records.serve(context, route, by: handler)
        case .tenant(let roles, let scopes, let handler):
            let identity = try await identification.of(request)
            place.belongs(to: identity.principal.tenant)
            try count(identity, route, &trail)
            defer { if case .ingest = route.rate { limits.endIngest(of: identity.principal.tenant) } }
            let context = try admit(identity, open, route, roles: roles, scopes: scopes)
            if case .ingest = route.rate { return try await handler(context) }
            return try await records.serve(context, route, by: handler)
        }
    }

    /// Counts the request of whoever is known now. Of ingest it takes a place, unless it throws.
    private func count(_ identity: VerifiedIdentity, _ route: Route, _ trail: inout Trail) throws(Fault) {
        trail.identity = identity
        let count: RateLimits.Count
        switch route.rate {
        case .unlimited: return
        case .requests: count = limits.count(identity.principal)
        case .ingest: count = limits.beginIngest(of: identity.principal.tenant)
        }
        trail.rate = count.fields
        if let fault = count.fault { throw fault }
    }

    /// The last check before serving: his right.
    private func admit(
        _ identity: VerifiedIdentity,
        _ open: OpenContext,
        _ route: Route,
        roles: Set<Role>,
        scopes: Set<KeyScope>,
        _ devices: Set<DeviceKind> = []
    ) throws(Fault) -> TenantContext {
        switch identity.principal.kind {
        case .user(_, let role):
            guard roles.contains(role) else { throw Fault(code: .forbidden) }
        case .apiKey(_, let granted):
            guard !granted.isDisjoint(with: scopes) else { throw Fault(code: .forbidden) }
        case .device(_, let kind):
            guard devices.contains(kind) else { throw Fault(code: .forbidden) }
        case .system:
            throw Fault(code: .forbidden)
        }
        if identity.mustEnrol, !route.isForEnrolling { throw Fault(code: .twoFactorRequired) }
        var isPage = false
        if case .page = route.handler { isPage = true }
        try CrossSiteRequests.check(open.request, identity, ofPage: isPage)
        return TenantContext(open: open, identity: identity)
    }

    // MARK: Refusals

    private func fault(from error: any Error, requestID: String) -> Fault {
        switch error {
        case let fault as Fault:
            return fault
        case is CancellationError, is SlowBody:
            return Fault(code: .requestTimeout)
        case ChannelError.inputClosed:
            // The body has broken off, and nobody is there any more.
            return Fault(code: .malformedRequest)
        default:
            logger.error("request failed", metadata: ["request_id": "\(requestID)", "error": "\(error)"])
            return Fault(code: .internal)
        }
    }

    private func refusal(
        _ fault: Fault,
        _ request: Request,
        _ requestID: String,
        _ trail: Trail
    ) -> Response {
        var response: Response
        if PageFaults.wantsPage(request) {
            response = pages.response(to: fault, request, requestID: requestID, user: trail.language)
        } else {
            let language = PreferredLanguage.of(request.headers, user: trail.language)
            response = ProblemDocument(fault: fault, requestID: requestID, language: language, texts: texts).response
        }
        if !trail.methods.isEmpty {
            let names = Set(trail.methods.map(\.rawValue)).union(trail.methods.contains(.get) ? ["HEAD"] : [])
            response.headers[.allow] = names.sorted().joined(separator: ", ")
        }
        return response
    }
}

extension Response {
    /// Names where it leads to as clients do: routes know nothing of the path everything is served below.
    fileprivate mutating func lead(below base: String) {
        guard !base.isEmpty, let location = headers[.location], location.hasPrefix("/") else { return }
        headers[.location] = base + location
    }
}

extension Fault {
    /// Whether the rest of the request is not worth reading.
    fileprivate var closesConnection: Bool {
        switch code {
        case .bodyTooLarge, .requestTimeout, .headersTooLarge, .uriTooLong, .malformedRequest: true
        default: false
        }
    }
}
