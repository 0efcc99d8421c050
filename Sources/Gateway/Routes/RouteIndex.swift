import HTTPTypes

/// Finds the route of a request by its method and path.
struct RouteIndex: Sendable {
    enum Match {
        /// The row's number in the table, and the values of the parameters in the order of the template.
        case route(Int, [Substring])
        /// The path exists, but not with this method.
        case otherMethods([HTTPRequest.Method])
        case nothing
    }

    private struct Template: Sendable {
        var segments: [String]
        var takesRest: Bool
        var rows: [(method: HTTPRequest.Method, number: Int)]

        /// Whether it is tried first: the longer one, then the one that is literal where they first differ in kind.
        func isMoreSpecific(than other: Template) -> Bool {
            guard segments.count == other.segments.count else { return segments.count > other.segments.count }
            for (own, theirs) in zip(segments, other.segments) where own.hasPrefix("{") != theirs.hasPrefix("{") {
                return theirs.hasPrefix("{")
            }
            return false
        }
    }

    private var exact: [String: [(method: HTTPRequest.Method, number: Int)]] = [:]
    private var templates: [Template] = []

    init(_ routes: [Route]) {
        var rows: [String: [(method: HTTPRequest.Method, number: Int)]] = [:]
        for (number, route) in routes.enumerated() {
            rows[route.template, default: []].append((route.method, number))
        }
        for (template, rows) in rows.sorted(by: { $0.key < $1.key }) {
            if template.contains("{") {
                let segments = template.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
                let takesRest = segments.last?.hasSuffix("...}") ?? false
                templates.append(Template(segments: segments, takesRest: takesRest, rows: rows))
            } else {
                exact[template] = rows
            }
        }
        templates.sort { $0.isMoreSpecific(than: $1) }
    }

    /// The most specific template of the path decides, whatever its methods, as OpenAPI has it. HEAD is answered by the
    /// route of GET.
    func match(_ method: HTTPRequest.Method, _ path: String) -> Match {
        if let rows = exact[path] { return Self.match(method, rows, []) }
        let segments = path.split(separator: "/", omittingEmptySubsequences: false)
        for template in templates {
            if let values = Self.values(of: template, in: segments) { return Self.match(method, template.rows, values) }
        }
        return .nothing
    }

    private static func match(
        _ method: HTTPRequest.Method,
        _ rows: [(method: HTTPRequest.Method, number: Int)],
        _ values: [Substring]
    ) -> Match {
        let wanted = method == .head ? .get : method
        for row in rows where row.method == wanted { return .route(row.number, values) }
        return .otherMethods(rows.map(\.method))
    }

    private static func values(of template: Template, in segments: [Substring]) -> [Substring]? {
        guard
            template.takesRest
                ? segments.count >= template.segments.count : segments.count == template.segments.count
        else { return nil }
        var values: [Substring] = []
        for (index, expected) in template.segments.enumerated() {
            if template.takesRest, index == template.segments.count - 1 {
                values.append(segments[index...].joined(separator: "/")[...])
            } else if expected.hasPrefix("{") {
                guard !segments[index].isEmpty else { return nil }
                values.append(segments[index])
            } else if expected != segments[index] {
                return nil
            }
        }
        return values
    }
}
