import HTTPTypes
import Shared

/// One operation as the documentation tells it: what its route says and what follows from that.
struct DocumentedOperation: Sendable {
    enum Access: Sendable {
        case everybody
        case signedIn(roles: [Role], scopes: [KeyScope])
    }

    struct Parameter: Sendable {
        enum Place: String {
            case path
            case query
            case header
        }

        var place: Place
        var name: String
        var shape: JSONShape
        var text: String
        var isRequired: Bool
    }

    struct Refusal: Sendable {
        var status: HTTPResponse.Status
        var codes: [FaultCode]
    }

    let method: HTTPRequest.Method
    let template: String
    let summary: String
    let rate: Route.Rate
    let bodyLimit: Int
    /// Whether it also serves people who must enrol a second factor first.
    let isForEnrolling: Bool
    let access: Access
    let operation: Operation

    /// Nil for a route that is not listed.
    init?(_ route: Route) {
        guard case .listed(let operation) = route.documentation else { return nil }
        self.operation = operation
        method = route.method
        template = route.template
        summary = route.summary
        rate = route.rate
        bodyLimit = route.bodyLimit.bytes
        isForEnrolling = route.isForEnrolling
        switch route.handler {
        case .open: access = .everybody
        case .tenant(let roles, let scopes, _):
            access = .signedIn(
                roles: Role.allCases.filter(roles.contains), scopes: KeyScope.allCases.filter(scopes.contains))
        case .page(let roles, _, _): access = .signedIn(roles: Role.allCases.filter(roles.contains), scopes: [])
        }
    }

    var isSafe: Bool { method == .get }

    /// Whether whoever signs in with a page's cookie has to send its token too.
    var needsToken: Bool {
        if case .everybody = access { false } else { !isSafe }
    }

    // MARK: Parameters

    var parameters: [Parameter] {
        pathNames.map { name in
            Parameter(
                place: .path, name: name, shape: operation.path[name] ?? .id, text: FieldTexts.text(of: name) ?? "",
                isRequired: true)
        }
            + (operation.query ?? []).map { member in
                Parameter(
                    place: .query, name: member.name, shape: member.shape,
                    text: FieldTexts.text(of: member.name) ?? "", isRequired: member.isRequired)
            }
            + headers.map { header in
                Parameter(
                    place: .header, name: header.rawValue, shape: header.shape, text: header.text, isRequired: false)
            }
    }

    private var pathNames: [String] {
        template.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
    }

    private var headers: [RequestHeader] {
        RequestHeader.allCases.filter { header in
            switch header {
            case .ifNoneMatch: isSafe && isTagged
            case .csrfToken: needsToken
            case .ifMatch, .idempotencyKey, .lastEventID: operation.headers.contains(header)
            }
        }
    }

    private var isTagged: Bool { operation.answers.contains { $0.headers.contains(.entityTag) } }

    // MARK: Answers

    /// To requests that are served, by status.
    var answers: [OperationAnswer] {
        var answers = operation.answers
        if isSafe, isTagged {
            answers.append(
                OperationAnswer(
                    status: .notModified, text: "It is what `If-None-Match` names.", headers: [.entityTag]))
        }
        if isCounted {
            for index in answers.indices { answers[index].headers += [.rateLimit, .rateLimitPolicy] }
        }
        return answers
    }

    /// Whether answers tell of the limits they were counted by.
    private var isCounted: Bool {
        switch (access, rate) {
        case (.everybody, _), (_, .unlimited): false
        case (.signedIn, .requests), (.signedIn, .ingest): true
        }
    }

    /// Why a request may be refused, by status.
    var refusals: [Refusal] {
        let codes = codes
        let statuses = Set(codes.map(\.status.code)).sorted()
        return statuses.map { status in
            let own = FaultCode.allCases.filter { codes.contains($0) && $0.status.code == status }
            return Refusal(status: own[0].status, codes: own)
        }
    }

    private var codes: Set<FaultCode> {
        var codes: Set<FaultCode> = [
            .malformedRequest, .requestTimeout, .bodyTooLarge, .uriTooLong, .headersTooLarge, .internal,
        ]
        if !pathNames.isEmpty { codes.insert(.notFound) }
        if operation.query != nil { codes.insert(.invalid) }
        if operation.body != nil { codes.formUnion([.invalidJSON, .unsupportedMediaType, .invalid]) }
        if operation.headers.contains(.idempotencyKey) { codes.formUnion([.invalid, .idempotencyConflict]) }
        if operation.headers.contains(.ifMatch) { codes.insert(.preconditionFailed) }
        if case .signedIn = access {
            // Credentials that are none are counted whatever the rate.
            codes.formUnion([.unauthorized, .forbidden, .tenantSuspended, .databaseUnavailable, .rateLimited])
            if needsToken { codes.insert(.csrfFailed) }
            if !isForEnrolling { codes.insert(.twoFactorRequired) }
        } else if operation.body != nil {
            // There is so much memory for what strangers send.
            codes.insert(.overloaded)
        }
        if operation.group.isOfPlants {
            codes.formUnion([.workerStarting, .workerBackoff, .workerDraining, .overloaded, .deadlineExceeded])
        }
        if !isSafe {
            codes.formUnion([.outcomeUnknown, .storageFull])
        }
        return codes.union(operation.refuses)
    }
}
