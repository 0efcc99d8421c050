import HTTPTypes
import Shared

/// GET /api/v1/layout: the tabs, tiles and filters of the caller's role.
struct ReadLayoutRoute: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .get, "/api/v1/layout", "The arrangement of the caller's dashboard",
            .operation(
                "readLayout", .dashboard, "A key sees what a viewer sees.", query: NoParameters.self,
                answers: .ok(.layout)),
            .tenant(roles: .everyRole, scopes: [.read]) { context in
                _ = try NoParameters(of: context.request)
                let role = context.principal.layoutRole
                return .json(Self.json(of: try await services.layout(of: role, context), for: role))
            })
    }

    private static func json(of layout: DashboardLayout, for role: Role) -> JSONWriter {
        var json = JSONWriter(reservingCapacity: 2_048)
        json.object { json in
            json.field("role", role.rawValue)
            json.field("columns", DashboardLayout.columns)
            json.key("tabs")
            json.array { json in
                for tab in layout.tabs {
                    json.object { json in
                        json.field("tab", tab.name.rawValue)
                        json.key("widgets")
                        json.array { json in
                            for (index, place) in tab.widgets.enumerated() {
                                json.object { json in
                                    json.field("widget_id", place.widget.rawValue)
                                    json.field("widget_type", place.widget.type)
                                    json.field("order", index)
                                    json.field("width", place.width)
                                }
                            }
                        }
                    }
                }
            }
            json.key("filters")
            json.array { json in
                for filter in layout.filters { json.value(filter.rawValue) }
            }
        }
        return json
    }
}
