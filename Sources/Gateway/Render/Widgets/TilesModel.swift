import Shared

/// All tiles of one tab in the order of the layout, as their template sees them.
struct TilesModel {
    struct Group {
        let isEquation: Bool
        let isWaiting: Bool
        let tiles: [TileFrame]
    }

    let t: TextTree
    let assets: String
    let base: String
    let tab: String
    let isShown: Bool
    let isWaiting: Bool
    let period: String?
    let shift: String?
    let zone: String?
    let detections: String?
    let groups: [Group]
    let isEmpty: Bool
    /// Whether whoever looks may fill a tab that is empty.
    let mayArrange: Bool

    /// The tiles asked for (nil: all) with the worker's answer; the others wait.
    init(_ reply: DashboardReply, _ asked: AskedTiles, site: PageSite, context: TileContext) {
        let localisation = context.localisation
        let wanted = Set(asked.tiles.widgets(asked.widgets))
        let groups = asked.tiles.groups.map { group in
            let isTerm = group.isEquation
            return Group(
                isEquation: isTerm,
                isWaiting: !group.places.contains { wanted.contains($0.widget) },
                tiles: group.places.map { place in
                    wanted.contains(place.widget)
                        ? .drawn(place, isTerm: isTerm, reply.widgets[place.widget], context)
                        : .waiting(place, isTerm: isTerm, localisation)
                }
            )
        }
        self.init(asked, groups, isWaiting: false, Meta(reply, asked, localisation), site: site, localisation)
    }

    /// All of them waiting.
    init(waiting asked: AskedTiles, site: PageSite, _ localisation: Localisation) {
        let groups = asked.tiles.groups.map { group in
            Group(
                isEquation: group.isEquation,
                isWaiting: true,
                tiles: group.places.map { .waiting($0, isTerm: group.isEquation, localisation) }
            )
        }
        self.init(asked, groups, isWaiting: true, nil, site: site, localisation)
    }

    private init(
        _ asked: AskedTiles, _ groups: [Group], isWaiting: Bool, _ meta: Meta?, site: PageSite,
        _ localisation: Localisation
    ) {
        t = localisation.tree
        assets = site.assets
        base = site.base
        tab = asked.tab.rawValue
        isShown = asked.tab == asked.view.tab
        isEmpty = groups.isEmpty
        self.isWaiting = isWaiting && !isEmpty
        period = isEmpty ? nil : meta?.period
        shift = isEmpty ? nil : meta?.shift
        zone = isEmpty ? nil : meta?.zone
        detections = isEmpty ? nil : meta?.detections
        self.groups = groups
        mayArrange = Set<Role>.managersAndAbove.contains(asked.role)
    }

    /// What is said once for all tiles.
    private struct Meta {
        let period: String?
        let shift: String?
        let zone: String
        let detections: String?

        init(_ reply: DashboardReply, _ asked: AskedTiles, _ localisation: Localisation) {
            shift = asked.shift.map { shift in
                ShiftPeriodNote(shift, isLast: asked.view.period == .lastShift, localisation).text
            }
            let clock = PlantClock(reply.metadata?.period?.timezone, localisation)
            if let (from, to) = reply.metadata?.period?.instants {
                period = clock.period(from: from, to: to)
                zone = localisation.text(.pageZone, ["zone": clock.zoneName(at: from)])
            } else {
                period = nil
                zone = localisation.text(.pageZones)
            }
            // They are those of all areas and products.
            let count = asked.view.units.isAll ? reply.metadata?.totalDetections : nil
            detections = count.map { count in
                localisation.count(count, one: .pageDetectionsOne, other: .pageDetectionsOther)
            }
        }
    }
}

/// Which tiles of which tab are drawn, and for whom.
struct AskedTiles {
    let view: DashboardView
    let tab: DashboardView.Tab
    let role: Role
    let tiles: TileGroups
    /// Nil: all.
    let widgets: Set<WidgetKind>?
    /// Of a view of this shift or the last one.
    let shift: ShiftPeriodReply?

    /// The tiles of a tab, that of the view where no other is named.
    init(
        _ view: DashboardView, tab: DashboardView.Tab? = nil, _ layout: DashboardLayout, role: Role,
        widgets: Set<WidgetKind>? = nil, shift: ShiftPeriodReply? = nil
    ) {
        self.view = view
        self.tab = tab ?? view.tab
        self.role = role
        self.widgets = widgets
        self.shift = shift
        tiles = TileGroups(layout, self.tab)
    }
}
