import HTTPTypes
import Shared

/// The documentation of the API as its template sees it.
struct DocumentationModel {
    struct Group {
        let id: String
        let name: String
        let operations: [Operation]
    }

    struct Operation {
        let id: String
        let method: String
        let path: String
        let summary: String
        let text: [TextPart]
        let hasText: Bool
        let isOpen: Bool
        let roles: [String]
        let scopes: [String]
        let hasScopes: Bool
        let needsToken: Bool
        let limit: String?
        let parameters: [Field]
        let hasParameters: Bool
        let bodies: [Content]
        let hasBodies: Bool
        let answers: [Answer]
        let refusals: [Refusal]
        let example: String
    }

    /// A parameter, or a member of an object.
    struct Field {
        let name: String
        let place: String?
        let type: [TypePart]
        let isRequired: Bool
        let text: [TextPart]
    }

    /// A piece of a text, of which some stand for themselves: names and values.
    struct TextPart {
        let text: String
        let isCode: Bool
    }

    struct TypePart {
        let text: String
        /// The schema it is, told elsewhere on the page.
        let schema: String?
    }

    /// What a body is.
    struct Content {
        let mediaType: String
        let type: [TypePart]
        let fields: [Field]
        let hasFields: Bool
    }

    struct Answer {
        let status: String
        let text: [TextPart]
        let headers: String?
        let contents: [Content]
    }

    struct Refusal {
        let status: String
        let codes: [String]
    }

    struct Schema {
        let name: String
        let text: [TextPart]
        let hasText: Bool
        let content: Content
    }

    let page: PageFrame
    let t: TextTree
    let title: String
    let introduction: [TextPart]
    let groups: [Group]
    let schemas: [Schema]

    init(_ document: OpenAPIDocument, page: PageFrame, _ localisation: Localisation) {
        self.page = page
        t = localisation.tree
        title = OpenAPIWriter.title
        introduction = TextPart.list(OpenAPIWriter.introduction)
        groups = OperationGroup.allCases.compactMap { group in
            let operations = document.operations.filter { $0.operation.group == group }
            guard !operations.isEmpty else { return nil }
            return Group(
                id: group.rawValue,
                name: localisation.text(group.title),
                operations: operations.map { Operation($0, localisation) }
            )
        }
        schemas = document.schemas.sorted { $0.name < $1.name }.map { named in
            var text: [TextPart] = []
            if case .described(let words, _) = named.shape { text = TextPart.list(words) }
            return Schema(
                name: named.name, text: text, hasText: !text.isEmpty, content: Content("", named.shape))
        }
    }
}

extension DocumentationModel.Operation {
    fileprivate init(_ documented: DocumentedOperation, _ localisation: Localisation) {
        id = documented.operation.id
        method = documented.method.rawValue
        path = documented.template
        summary = documented.summary
        text = DocumentationModel.TextPart.list(documented.operation.text)
        hasText = !text.isEmpty
        switch documented.access {
        case .everybody: (isOpen, roles, scopes) = (true, [], [])
        case .signedIn(let roles, let scopes):
            (isOpen, self.roles, self.scopes) = (false, roles.map(\.rawValue), scopes.map(\.rawValue))
        }
        hasScopes = !scopes.isEmpty
        needsToken = documented.needsToken
        switch documented.rate {
        case .unlimited: limit = nil
        case .requests: limit = localisation.text(.docsRateRequests)
        case .ingest: limit = localisation.text(.docsRateIngest)
        }
        parameters = documented.parameters.map { parameter in
            DocumentationModel.Field(
                name: parameter.name,
                place: parameter.place.rawValue,
                type: DocumentationModel.TypePart.list(ShapeRows.type(of: parameter.shape)),
                isRequired: parameter.isRequired,
                text: DocumentationModel.TextPart.list(parameter.text)
            )
        }
        hasParameters = !parameters.isEmpty
        bodies = (documented.operation.body?.contents ?? []).map { DocumentationModel.Content($0.mediaType, $0.shape) }
        hasBodies = !bodies.isEmpty
        answers = documented.answers.map { answer in
            DocumentationModel.Answer(
                status: "\(answer.status.code)",
                text: DocumentationModel.TextPart.list(
                    answer.text.isEmpty ? answer.status.reasonPhrase : answer.text),
                headers: answer.headers.isEmpty ? nil : answer.headers.map(\.rawValue).joined(separator: ", "),
                contents: answer.contents.map { DocumentationModel.Content($0.mediaType, $0.shape) }
            )
        }
        refusals = documented.refusals.map { refusal in
            DocumentationModel.Refusal(status: "\(refusal.status.code)", codes: refusal.codes.map(\.rawValue))
        }
        example = documented.curl
    }
}

extension DocumentationModel.Content {
    fileprivate init(_ mediaType: String, _ shape: JSONShape) {
        self.mediaType = mediaType
        type = DocumentationModel.TypePart.list(ShapeRows.type(of: shape))
        fields = ShapeRows(shape).rows.map { row in
            DocumentationModel.Field(
                name: row.name,
                place: nil,
                type: DocumentationModel.TypePart.list(row.type),
                isRequired: row.isRequired,
                text: DocumentationModel.TextPart.list(row.text)
            )
        }
        hasFields = !fields.isEmpty
    }
}

extension DocumentationModel.TextPart {
    /// The pieces of a text that has its code between backticks.
    fileprivate static func list(_ text: String) -> [DocumentationModel.TextPart] {
        text.split(separator: "`", omittingEmptySubsequences: false).enumerated().compactMap { index, piece in
            piece.isEmpty ? nil : DocumentationModel.TextPart(text: String(piece), isCode: index % 2 == 1)
        }
    }
}

extension DocumentationModel.TypePart {
    fileprivate static func list(_ parts: [ShapeRows.Part]) -> [DocumentationModel.TypePart] {
        parts.map { DocumentationModel.TypePart(text: $0.text, schema: $0.schema) }
    }
}

extension DocumentedOperation {
    /// How it is asked for from a shell, with what it cannot do without.
    var curl: String {
        var words = ["curl"]
        if method != .get { words.append("-X \(method.rawValue)") }
        if case .signedIn(_, let scopes) = access {
            words.append(scopes.isEmpty ? "-H \"Authorization: Bearer $TOKEN\"" : "-H \"X-API-Key: $KEY\"")
        }
        if let content = operation.body?.contents.first, operation.body?.isRequired ?? false {
            words.append("-H 'Content-Type: \(content.mediaType)'")
            words.append("-d '\(ShapeExample.json(content.shape))'")
        }
        var address = template
        for parameter in parameters where parameter.place == .path {
            address.replace("{\(parameter.name)}", with: ShapeExample.plain(parameter.shape))
        }
        let query = parameters.filter { $0.place == .query && $0.isRequired }
            .map { "\($0.name)=\(ShapeExample.plain($0.shape))" }
        if !query.isEmpty { address += "?" + query.joined(separator: "&") }
        return (words + ["\"$CAMET\(address)\""]).joined(separator: " \\\n  ")
    }
}

extension OperationGroup {
    fileprivate var title: TextKey {
        switch self {
        case .signIn: .docsGroupSignIn
        case .account: .docsGroupAccount
        case .secondFactor: .docsGroupSecondFactor
        case .figures: .docsGroupFigures
        case .stops: .docsGroupStops
        case .detections: .docsGroupDetections
        case .dashboard: .docsGroupDashboard
        case .masterData: .docsGroupMasterData
        case .settings: .docsGroupSettings
        case .people: .docsGroupPeople
        case .keys: .docsGroupKeys
        case .devices: .docsGroupDevices
        case .audit: .docsGroupAudit
        case .service: .docsGroupService
        }
    }
}
