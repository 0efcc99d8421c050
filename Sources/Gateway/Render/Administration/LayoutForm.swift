import Shared

/// The form of a role's layout: what stands in it is the order of its fields, so moving a tile is moving its field.
struct LayoutForm: Equatable, Sendable {
    /// A list of tiles: those of a tab, or those that are not shown.
    enum Section: String, CaseIterable, Sendable {
        case production = "produccion"
        case oee
        case hidden

        var tab: DashboardLayout.TabName? { DashboardLayout.TabName(rawValue: rawValue) }
        var nameKey: String { "admin.layouts.section.\(rawValue)" }
    }

    /// What a button of a tile does; a name of a section moves it to that section's end.
    enum Move: Equatable, Sendable {
        case up
        case down
        case to(Section)

        init?(_ text: Substring) {
            switch text {
            case "up": self = .up
            case "down": self = .down
            default:
                guard let section = Section(rawValue: String(text)) else { return nil }
                self = .to(section)
            }
        }
    }

    struct Tile: Equatable, Sendable {
        let widget: WidgetKind
        /// 1…4 columns.
        var width: Int
    }

    /// Where a tile stands: its section, and 1… within it.
    struct Spot: Equatable, Sendable {
        var section: Section
        var position: Int
        var width: Int
    }

    private(set) var sections: [Section: [Tile]] = [:]
    private(set) var filters: [FilterKind] = []

    init(_ layout: DashboardLayout) {
        for section in Section.allCases {
            guard let tab = layout.tabs.first(where: { $0.name == section.tab }) else { continue }
            sections[section] = tab.widgets.map { Tile(widget: $0.widget, width: $0.width) }
        }
        filters = layout.filters
        hideTheRest()
    }

    /// As a browser sent it: each section's name, then its tiles, each followed by its width.
    init(_ items: QueryItems) {
        var section = Section.hidden
        var seen: Set<WidgetKind> = []
        for item in items.items {
            switch item.name {
            case "section": section = Section(rawValue: item.value) ?? .hidden
            case "widget":
                guard let widget = WidgetKind(rawValue: item.value), seen.insert(widget).inserted else { continue }
                let width = DashboardLayout.standardPlace(of: widget).width
                sections[section, default: []].append(Tile(widget: widget, width: width))
            case "width":
                guard let width = Int(item.value), (1...DashboardLayout.columns).contains(width),
                    let last = sections[section]?.indices.last
                else { continue }
                sections[section]?[last].width = width
            case "filter":
                guard let filter = FilterKind(rawValue: item.value), !filters.contains(filter) else { continue }
                filters.append(filter)
            default: continue
            }
        }
        hideTheRest()
    }

    private mutating func hideTheRest() {
        let known = Set(sections.values.joined().map(\.widget))
        for widget in WidgetKind.allCases where !known.contains(widget) {
            sections[.hidden, default: []].append(
                Tile(widget: widget, width: DashboardLayout.standardPlace(of: widget).width))
        }
    }

    func tiles(_ section: Section) -> [Tile] { sections[section] ?? [] }

    func spot(of widget: WidgetKind) -> Spot {
        for section in Section.allCases {
            let tiles = tiles(section)
            if let index = tiles.firstIndex(where: { $0.widget == widget }) {
                return Spot(section: section, position: index + 1, width: tiles[index].width)
            }
        }
        return Spot(section: .hidden, position: 1, width: DashboardLayout.columns)
    }

    /// Does what a button says, as `up:KpiOee`.
    ///
    /// - Returns: the tile; nil for what no button says.
    mutating func move(_ text: String) -> WidgetKind? {
        let parts = text.split(separator: ":", maxSplits: 1)
        guard parts.count == 2, let move = Move(parts[0]), let widget = WidgetKind(rawValue: String(parts[1])) else {
            return nil
        }
        let spot = spot(of: widget)
        let index = spot.position - 1
        let last = tiles(spot.section).count - 1
        switch move {
        case .up where index > 0: sections[spot.section]?.swapAt(index, index - 1)
        case .down where index < last: sections[spot.section]?.swapAt(index, index + 1)
        case .to(let section) where section != spot.section:
            sections[spot.section]?.remove(at: index)
            sections[section, default: []].append(Tile(widget: widget, width: spot.width))
        case .up, .down, .to: break
        }
        return widget
    }

    /// What it stands for.
    var layout: DashboardLayout {
        let places = Section.allCases.flatMap { section in
            section.tab.map { tab in
                tiles(section).map {
                    DashboardLayout.TabbedPlace(tab: tab, widget: $0.widget, width: $0.width)
                }
            } ?? []
        }
        return DashboardLayout(places, filters: filters)
    }

    /// The same as the API takes it.
    func body(of role: Role) -> JSONValue {
        let layout = layout
        func member(_ key: String, _ value: JSONValue) -> JSONMember { JSONMember(key: key, value: value) }
        let widgets = layout.places.map { place in
            JSONValue.object([
                member("widget_id", .string(place.widget.rawValue)), member("tab", .string(place.tab.rawValue)),
                member("width", .integer(Int64(place.width))),
            ])
        }
        return .object([
            member("role", .string(role.rawValue)), member("widgets", .array(widgets)),
            member("filters", .array(layout.filters.map { .string($0.rawValue) })),
        ])
    }
}
