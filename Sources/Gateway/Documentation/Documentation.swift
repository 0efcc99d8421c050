import HTTPTypes
import Shared

/// What the documentation says of a route beside what the route itself says: its path, rights and limits.
enum Documentation: Sendable {
    case listed(Operation)
    /// Not listed, and why.
    case unlisted(String)

    /// An operation of the API.
    ///
    /// - Parameters:
    ///   - id: unique, a verb and a noun.
    ///   - text: what the summary leaves open, in whole sentences.
    ///   - path: what the parameters of the path take that are not the number of an object.
    ///   - headers: those a client may send beside the ones that follow from method, rights and answers.
    ///   - answers: to requests that are served.
    ///   - refuses: codes beside those that follow from method, rights, parameters and body.
    static func operation(
        _ id: String,
        _ group: OperationGroup,
        _ text: String = "",
        path: [String: JSONShape] = [:],
        query: (any QueryParameters.Type)? = nil,
        headers: [RequestHeader] = [],
        body: RequestContent? = nil,
        answers: OperationAnswer...,
        refuses: Set<FaultCode> = []
    ) -> Documentation {
        .listed(
            Operation(
                id: id,
                group: group,
                text: text,
                path: path,
                query: query.map { $0.members },
                headers: headers,
                body: body,
                answers: answers,
                refuses: refuses
            ))
    }
}

struct Operation: Sendable {
    var id: String
    var group: OperationGroup
    var text: String
    var path: [String: JSONShape]
    /// Nil where the query is not looked at.
    var query: [JSONShape.Member]?
    var headers: [RequestHeader]
    var body: RequestContent?
    var answers: [OperationAnswer]
    var refuses: Set<FaultCode>
}

/// The parts of the documentation, in their order.
enum OperationGroup: String, CaseIterable, Sendable {
    case signIn = "sign_in"
    case account
    case secondFactor = "second_factor"
    case figures
    case stops
    case detections
    case dashboard
    case masterData = "master_data"
    case settings
    case people
    case keys
    case devices
    case audit
    case service

    /// Its name in the document.
    var name: String {
        switch self {
        case .signIn: "Sign-in"
        case .account: "Account"
        case .secondFactor: "Second factor"
        case .figures: "Figures"
        case .stops: "Stops"
        case .detections: "Detections"
        case .dashboard: "Dashboard"
        case .masterData: "Master data"
        case .settings: "Settings"
        case .people: "People"
        case .keys: "API keys"
        case .devices: "Devices"
        case .audit: "Audit"
        case .service: "Service"
        }
    }

    /// Whether it is about data of the plants, which each company has apart and which may be away for a moment.
    var isOfPlants: Bool {
        switch self {
        case .figures, .stops, .detections, .dashboard, .masterData, .settings: true
        case .signIn, .account, .secondFactor, .people, .keys, .devices, .audit, .service: false
        }
    }
}

/// The body of a request.
struct RequestContent: Sendable {
    /// What is taken, by media type.
    var contents: [(mediaType: String, shape: JSONShape)]
    var isRequired = true

    static func json(_ body: any JSONBody.Type) -> RequestContent {
        json(body.shape)
    }

    /// JSON that `read` reads; `name` is that of its schema.
    static func json(_ name: String, _ read: (inout JSONFields) -> Void) -> RequestContent {
        json(JSONFields.shape(of: read).named(name))
    }

    static func json(_ shape: JSONShape) -> RequestContent {
        RequestContent(contents: [("application/json", shape)])
    }

    /// None, or an object without members.
    static let nothing = RequestContent(contents: [("application/json", .object([]))], isRequired: false)
}

/// The answer to a request that is served.
struct OperationAnswer: Sendable {
    var status: HTTPResponse.Status
    /// When it is given; empty where the status says it.
    var text = ""
    /// By media type; empty for no body.
    var contents: [(mediaType: String, shape: JSONShape)] = []
    var headers: [AnswerHeader] = []

    static func ok(_ shape: JSONShape, _ text: String = "") -> OperationAnswer {
        OperationAnswer(status: .ok, text: text, contents: [("application/json", shape)])
    }

    /// One object with its ETag.
    static func object(_ shape: JSONShape, _ text: String = "") -> OperationAnswer {
        OperationAnswer(status: .ok, text: text, contents: [("application/json", shape)], headers: [.entityTag])
    }

    /// A new object, with its ETag and its place.
    static func created(_ shape: JSONShape, _ text: String = "") -> OperationAnswer {
        OperationAnswer(
            status: .created, text: text, contents: [("application/json", shape)], headers: [.entityTag, .location])
    }

    static let noContent = OperationAnswer(status: .noContent)
    static func noContent(_ text: String) -> OperationAnswer { OperationAnswer(status: .noContent, text: text) }

    static func other(_ mediaType: String, _ text: String = "") -> OperationAnswer {
        OperationAnswer(status: .ok, text: text, contents: [(mediaType, .text)])
    }

    static func status(_ status: HTTPResponse.Status, _ shape: JSONShape, _ text: String) -> OperationAnswer {
        OperationAnswer(status: status, text: text, contents: [("application/json", shape)])
    }
}

/// A header that a client may send.
enum RequestHeader: String, CaseIterable, Sendable {
    case ifMatch = "If-Match"
    case ifNoneMatch = "If-None-Match"
    case idempotencyKey = "Idempotency-Key"
    case csrfToken = "X-CSRF-Token"
    case lastEventID = "Last-Event-ID"

    var shape: JSONShape {
        switch self {
        case .ifMatch, .ifNoneMatch, .csrfToken, .lastEventID: .text
        case .idempotencyKey: .text(upTo: 255)
        }
    }

    var text: String {
        switch self {
        case .ifMatch: "Only while the object has this ETag; `*`: only if it is there."
        case .ifNoneMatch: "The ETag of what is known; if it is still the same the answer is 304."
        case .idempotencyKey:
            "Makes a repetition harmless: for 7 days it gets the first answer; with another body it is refused."
        case .csrfToken: "The token of the page's session, needed by whoever signs in with the cookie."
        case .lastEventID: "The id of the last event received; what came since is sent first."
        }
    }
}

/// A header of an answer.
enum AnswerHeader: String, CaseIterable, Sendable {
    case requestID = "X-Request-Id"
    case entityTag = "ETag"
    case location = "Location"
    case retryAfter = "Retry-After"
    case authenticate = "WWW-Authenticate"
    case rateLimit = "RateLimit"
    case rateLimitPolicy = "RateLimit-Policy"

    var shape: JSONShape {
        switch self {
        case .requestID: .text(pattern: "^[A-Za-z0-9._-]{1,128}$", example: "a1")
        case .entityTag: .text(pattern: "^(W/)?\".*\"$", example: "\"5f3a\"")
        case .location: .text(pattern: "^/", example: "/api/v1/plants/1")
        case .retryAfter: .integer(1...Int64.max)
        case .authenticate: .words(["Bearer"])
        case .rateLimit: .text(pattern: "^\"[a-z_]+\";r=[0-9]+", example: "\"principal\";r=599;t=1")
        case .rateLimitPolicy: .text(pattern: "^\"[a-z_]+\";q=[0-9]+", example: "\"principal\";q=600;w=60")
        }
    }

    var text: String {
        switch self {
        case .requestID:
            "Names the request in the log. One that the client sends, of 1 to 128 of `A-Z a-z 0-9 . _ -`, is kept."
        case .entityTag: "Changes exactly when the object does."
        case .location: "Where the new object is."
        case .retryAfter: "Whole seconds after which the same request may succeed."
        case .authenticate: "How to sign in."
        case .rateLimit:
            """
            What is left of each limit that the request was counted by, refused or not: `r` of it, and `t` seconds until \
            all is there again.
            """
        case .rateLimitPolicy: "Those limits: `q` in each `w` seconds; without `w`, at one time."
        }
    }

    /// Whether it is there always.
    var isRequired: Bool {
        switch self {
        case .requestID, .entityTag, .location, .authenticate: true
        case .retryAfter, .rateLimit, .rateLimitPolicy: false
        }
    }
}
