/// What a client says of how the dashboard of a role is arranged.
package struct LayoutBody: MasterDataBody {
    package var role: Role
    package var layout: DashboardLayout

    package init(_ fields: inout JSONFields) {
        role = fields.required(fields.choice("role", of: Role.self), "role", .viewer)
        let given = fields.objects("widgets", upTo: WidgetKind.allCases.count, Self.readPlace)
        let places = fields.required(given, "widgets", [])
        let filters = fields.required(fields.choices("filters", of: FilterKind.self), "filters", [])
        fields.noteRepeated(filters, in: "filters")
        for filter in FilterKind.allCases
        where filter.isRequired && !filters.contains(filter) && !fields.hasFault("filters") {
            fields.fault("filters", .required, limit: filter.rawValue)
        }
        layout = DashboardLayout(places, filters: filters)
        // What is no object at all has no place in the list.
        guard places.count == fields.count(of: "widgets") else { return }
        var seen: Set<WidgetKind> = []
        for (index, place) in places.enumerated() where !fields.hasFault("widgets[\(index)].widget_id") {
            guard !seen.insert(place.widget).inserted else { continue }
            fields.fault("widgets[\(index)].widget_id", .duplicateValue)
        }
    }

    /// What is left out is as it is in the standard arrangement.
    private static func readPlace(_ fields: inout JSONFields) -> DashboardLayout.TabbedPlace {
        let widget = fields.required(fields.choice("widget_id", of: WidgetKind.self), "widget_id", .oee)
        var place = DashboardLayout.standardPlace(of: widget)
        if let tab = fields.choice("tab", of: DashboardLayout.TabName.self) { place.tab = tab }
        if let width = fields.integer("width", in: 1...Int64(DashboardLayout.columns)) { place.width = Int(width) }
        return place
    }
}

extension Role {
    /// The number of its layout in the API, the same for every company.
    package var layoutID: Int64 {
        switch self {
        case .superAdmin: 1
        case .admin: 2
        case .manager: 3
        case .operator: 4
        case .viewer: 5
        }
    }

    /// The role whose layout has that number.
    package init?(layoutID: Int64) {
        guard let role = Role.allCases.first(where: { $0.layoutID == layoutID }) else { return nil }
        self = role
    }
}
