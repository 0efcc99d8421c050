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
        var number: Int
        var method: HTTPRequest.Method
        var segments: [String]
        var takesRest: Bool
    }

    private var exact: [String: [(method: HTTPRequest.Method, number: Int)]] = [:]
    private var templates: [Template] = []

    init(_ routes: [Route]) {
        for (number, route) in routes.enumerated() {
            if route.template.contains("{") {
                let segments = route.template.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
                templates.append(
                    Template(
                        number: number,
                        method: route.method,
                        segments: segments,
                        takesRest: segments.last?.hasSuffix("...}") ?? false
                    )
                )
            } else {
                exact[route.template, default: []].append((route.method, number))
            }
        }
    }

    /// HEAD is answered by the route of GET.
    func match(_ method: HTTPRequest.Method, _ path: String) -> Match {
        let wanted = method == .head ? .get : method
        var others: [HTTPRequest.Method] = []
        if let rows = exact[path] {
            for row in rows where row.method == wanted { return .route(row.number, []) }
            others += rows.map(\.method)
        }
        guard !templates.isEmpty else { return others.isEmpty ? .nothing : .otherMethods(others) }
        let segments = path.split(separator: "/", omittingEmptySubsequences: false)
        for template in templates {
            guard let values = Self.values(of: template, in: segments) else { continue }
            if template.method == wanted { return .route(template.number, values) }
            others.append(template.method)
        }
        return others.isEmpty ? .nothing : .otherMethods(others)
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
