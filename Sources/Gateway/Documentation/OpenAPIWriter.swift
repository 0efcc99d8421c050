import HTTPTypes
import Shared

/// Writes the document; what is written as references is kept and told once at its end.
struct OpenAPIWriter {
    private(set) var schemas = SchemaWriter()
    private var refusals: [(name: String, refusal: DocumentedOperation.Refusal)] = []

    static let title = "Camet Analytics"
    /// Of the API: the one in its paths.
    static let version = "1"
    static let introduction = """
        Production, stops and OEE of a company's lines. Everything asked for with a token or key is of the company it was \
        made for; no parameter chooses another. Times are ISO 8601 with an offset and in answers in UTC, lengths of time \
        end in `_seconds`, quotients are 0 to 1. Unknown members of a body and unknown parameters are refused, all \
        faults of a request at once. Answers may get more members. Whatever is refused is told as `Problem`: `code` is for \
        machines, the texts are for people and follow `Accept-Language`. `Retry-After` says when to ask again.
        """

    mutating func document(of operations: [DocumentedOperation]) -> [UInt8] {
        var json = JSONWriter(reservingCapacity: 262_144)
        json.object { json in
            json.field("openapi", "3.1.0")
            json.key("info")
            json.object { json in
                json.field("title", Self.title)
                json.field("version", Self.version)
                json.field("description", Self.introduction)
            }
            json.key("servers")
            json.array { json in
                // From where the document is, so that it holds below whatever path everything is served.
                json.object { $0.field("url", "../..") }
            }
            json.key("tags")
            json.array { json in
                for group in OperationGroup.allCases { json.object { $0.field("name", group.name) } }
            }
            json.key("paths")
            json.object { json in write(operations, to: &json) }
            json.key("components")
            json.object { json in writeComponents(to: &json) }
        }
        return json.bytes
    }

    // MARK: Operations

    private mutating func write(_ operations: [DocumentedOperation], to json: inout JSONWriter) {
        var written: Set<String> = []
        for operation in operations where written.insert(operation.template).inserted {
            json.key(dynamic: operation.template)
            json.object { json in
                for other in operations where other.template == operation.template {
                    json.key(dynamic: other.method.rawValue.lowercased())
                    json.object { json in write(other, to: &json) }
                }
            }
        }
    }

    private mutating func write(_ documented: DocumentedOperation, to json: inout JSONWriter) {
        json.field("operationId", documented.operation.id)
        json.field("summary", documented.summary)
        if !documented.operation.text.isEmpty { json.field("description", documented.operation.text) }
        json.key("tags")
        json.array { $0.value(documented.operation.group.name) }
        writeAccess(of: documented, to: &json)
        let parameters = documented.parameters
        if !parameters.isEmpty {
            json.key("parameters")
            json.array { json in
                for parameter in parameters { write(parameter, to: &json) }
            }
        }
        if let body = documented.operation.body {
            json.key("requestBody")
            json.object { json in
                json.field("required", body.isRequired)
                write(body.contents, .request, to: &json)
            }
        }
        json.key("responses")
        json.object { json in writeResponses(of: documented, to: &json) }
    }

    private func writeAccess(of documented: DocumentedOperation, to json: inout JSONWriter) {
        json.key("security")
        switch documented.access {
        case .everybody: json.array { _ in }
        case .signedIn(let roles, let scopes):
            let roleNames = roles.map(\.rawValue)
            json.array { json in
                json.object { json in json.words("token", roleNames) }
                json.object { json in json.words("session", roleNames) }
                if !scopes.isEmpty {
                    json.object { json in json.words("key", scopes.map(\.rawValue)) }
                }
            }
            json.words("x-roles", roleNames)
            json.words("x-scopes", scopes.map(\.rawValue))
        }
        json.field("x-rate", documented.rate.name)
        json.field("x-csrf", documented.needsToken)
        if documented.bodyLimit > 0 { json.field("x-body-limit-bytes", documented.bodyLimit) }
    }

    private mutating func write(_ parameter: DocumentedOperation.Parameter, to json: inout JSONWriter) {
        json.object { json in
            guard parameter.place != .header else {
                return json.field("$ref", "#/components/parameters/\(parameter.name)")
            }
            json.field("name", parameter.name)
            json.field("in", parameter.place.rawValue)
            json.field("required", parameter.isRequired)
            if !parameter.text.isEmpty { json.field("description", parameter.text) }
            json.key("schema")
            schemas.write(parameter.shape, .request, to: &json)
        }
    }

    // MARK: Answers

    private mutating func writeResponses(of documented: DocumentedOperation, to json: inout JSONWriter) {
        let answers = documented.answers
        let refusals = documented.refusals
        let statuses = answers.map(\.status.code) + refusals.map(\.status.code)
        for status in Set(statuses).sorted() {
            json.key(dynamic: String(status))
            let own = answers.filter { $0.status.code == status }
            let refusal = refusals.first { $0.status.code == status }
            json.object { json in
                if own.isEmpty, let refusal {
                    json.field("$ref", "#/components/responses/\(name(of: refusal))")
                } else {
                    write(own, refusal, to: &json)
                }
            }
        }
    }

    private mutating func write(
        _ answers: [OperationAnswer], _ refusal: DocumentedOperation.Refusal?, to json: inout JSONWriter
    ) {
        let texts = answers.map { $0.text.isEmpty ? $0.status.reasonPhrase : $0.text }
        json.field("description", texts.joined(separator: " Or: "))
        json.key("headers")
        json.object { json in
            for header in AnswerHeader.allCases { write(header, of: answers, to: &json) }
        }
        var contents = OperationAnswer.merged(answers)
        if let refusal { contents.append((ProblemDocument.mediaType, .problem(refusal))) }
        if !contents.isEmpty { write(contents, .answer, to: &json) }
    }

    /// A header that only some of the answers with a status have may be missing.
    private mutating func write(_ header: AnswerHeader, of answers: [OperationAnswer], to json: inout JSONWriter) {
        let isAlways = header == .requestID || answers.allSatisfy { $0.headers.contains(header) }
        if isAlways {
            Self.writeReference(to: header, to: &json)
        } else if answers.contains(where: { $0.headers.contains(header) }) {
            json.key(dynamic: header.rawValue)
            json.object { json in
                json.field("description", header.text)
                json.key("schema")
                schemas.write(header.shape, .answer, to: &json)
            }
        }
    }

    private mutating func write(
        _ contents: [(mediaType: String, shape: JSONShape)], _ direction: SchemaWriter.Direction,
        to json: inout JSONWriter
    ) {
        json.key("content")
        json.object { json in
            for content in contents {
                json.key(dynamic: content.mediaType)
                json.object { json in
                    json.key("schema")
                    schemas.write(content.shape, direction, to: &json)
                }
            }
        }
    }

    /// The name under which a refusal is told once for all operations that have the same.
    private mutating func name(of refusal: DocumentedOperation.Refusal) -> String {
        if let known = refusals.first(where: { $0.refusal.codes == refusal.codes }) { return known.name }
        let others = refusals.count { $0.refusal.status == refusal.status }
        let name = "Refused\(refusal.status.code)" + (others == 0 ? "" : "_\(others + 1)")
        refusals.append((name, refusal))
        return name
    }

    private static func writeHeaders(_ headers: Set<AnswerHeader>, to json: inout JSONWriter) {
        json.key("headers")
        json.object { json in
            for header in AnswerHeader.allCases where header == .requestID || headers.contains(header) {
                writeReference(to: header, to: &json)
            }
        }
    }

    private static func writeReference(to header: AnswerHeader, to json: inout JSONWriter) {
        json.key(dynamic: header.rawValue)
        json.object { $0.field("$ref", "#/components/headers/\(header.rawValue)") }
    }

    // MARK: Components

    private mutating func writeComponents(to json: inout JSONWriter) {
        json.key("responses")
        json.object { json in
            for (name, refusal) in refusals {
                json.key(dynamic: name)
                json.object { json in write(refusal, to: &json) }
            }
        }
        json.key("parameters")
        json.object { json in
            for header in RequestHeader.allCases { write(header, to: &json) }
        }
        json.key("headers")
        json.object { json in
            for header in AnswerHeader.allCases { write(header, to: &json) }
        }
        json.key("securitySchemes")
        json.object { json in Self.writeSecuritySchemes(to: &json) }
        json.key("schemas")
        json.object { json in
            // Schemas name others, which are then added at the end.
            var next = 0
            while next < schemas.named.count {
                let named = schemas.named[next]
                json.key(dynamic: named.name)
                schemas.write(named.shape, named.direction, to: &json)
                next += 1
            }
        }
    }

    private mutating func write(_ refusal: DocumentedOperation.Refusal, to json: inout JSONWriter) {
        let codes = refusal.codes.map { "`\($0.rawValue)`" }.joined(separator: ", ")
        json.field("description", "\(refusal.status.reasonPhrase): \(codes)")
        var headers: Set<AnswerHeader> = []
        if refusal.status == .unauthorized { headers.insert(.authenticate) }
        if refusal.status == .tooManyRequests { headers.formUnion([.rateLimit, .rateLimitPolicy]) }
        if refusal.status == .tooManyRequests || refusal.status == .serviceUnavailable { headers.insert(.retryAfter) }
        Self.writeHeaders(headers, to: &json)
        write([(ProblemDocument.mediaType, .problem(refusal))], .answer, to: &json)
    }

    private mutating func write(_ header: RequestHeader, to json: inout JSONWriter) {
        json.key(dynamic: header.rawValue)
        json.object { json in
            json.field("name", header.rawValue)
            json.field("in", "header")
            json.field("description", header.text)
            json.key("schema")
            schemas.write(header.shape, .request, to: &json)
        }
    }

    private mutating func write(_ header: AnswerHeader, to json: inout JSONWriter) {
        json.key(dynamic: header.rawValue)
        json.object { json in
            json.field("description", header.text)
            json.field("required", header.isRequired)
            json.key("schema")
            schemas.write(header.shape, .answer, to: &json)
        }
    }

    private static func writeSecuritySchemes(to json: inout JSONWriter) {
        json.key("token")
        json.object { json in
            json.field("type", "http")
            json.field("scheme", "bearer")
            json.field("bearerFormat", "JWT")
            json.field("description", "The access token of POST /auth/token. What it may depends on the user's role.")
        }
        json.key("session")
        json.object { json in
            json.field("type", "apiKey")
            json.field("in", "cookie")
            json.field("name", "camet_session")
            json.field(
                "description",
                """
                The cookie of a signed-in page, `__Host-camet_session` over TLS. Every method but GET and HEAD then needs \
                `X-CSRF-Token`.
                """)
        }
        json.key("key")
        json.object { json in
            json.field("type", "apiKey")
            json.field("in", "header")
            json.field("name", HTTPField.Name.apiKey.rawName)
            json.field("description", "The key of a machine. What it may depends on its scopes; none implies another.")
        }
    }
}

extension OperationAnswer {
    /// The bodies of answers with one status; two of one media type are either.
    static func merged(_ answers: [OperationAnswer]) -> [(mediaType: String, shape: JSONShape)] {
        var merged: [(mediaType: String, shape: JSONShape)] = []
        for content in answers.flatMap(\.contents) {
            if let known = merged.firstIndex(where: { $0.mediaType == content.mediaType }) {
                merged[known].shape = .either([merged[known].shape, content.shape])
            } else {
                merged.append(content)
            }
        }
        return merged
    }
}

extension Route.Rate {
    /// Its name in the document.
    var name: String {
        switch self {
        case .unlimited: "none"
        case .requests: "requests"
        case .ingest: "ingest"
        }
    }
}

extension JSONWriter {
    /// A member that is a list of texts.
    fileprivate mutating func words(_ name: String, _ words: [String]) {
        key(dynamic: name)
        array { json in
            for word in words { json.value(word) }
        }
    }
}
