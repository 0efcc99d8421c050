import Shared

/// The tiles of a tab in their order, where those that are read as one are together.
struct TileGroups {
    /// One tile, or the four terms of availability × performance × quality = OEE.
    struct Group {
        let places: [DashboardLayout.Place]

        var isEquation: Bool { places.count > 1 }
    }

    let groups: [Group]

    init(_ layout: DashboardLayout, _ tab: DashboardView.Tab) {
        var rest = layout.tabs.first { $0.name.rawValue == tab.rawValue }.map { $0.widgets[...] } ?? []
        var groups: [Group] = []
        while let first = rest.first {
            let places = Self.beginsWithEquation(rest) ? Array(rest.prefix(Self.terms.count)) : [first]
            groups.append(Group(places: places))
            rest = rest.dropFirst(places.count)
        }
        self.groups = groups
    }

    private static let terms: [WidgetKind] = [.availability, .performance, .quality, .oee]

    private static func beginsWithEquation(_ places: ArraySlice<DashboardLayout.Place>) -> Bool {
        let first = places.prefix(terms.count)
        return first.map(\.widget) == terms && first.allSatisfy { $0.width == 1 }
    }

    /// Those asked for, and with one term of an equation the others; nil asks for all.
    func widgets(_ asked: Set<WidgetKind>?) -> [WidgetKind] {
        groups.map { $0.places.map(\.widget) }
            .filter { widgets in asked.map { !$0.isDisjoint(with: widgets) } ?? true }
            .flatMap { $0 }
    }
}
