import Shared

/// The layouts of all roles, as their template sees them.
struct AdministrationLayoutsModel {
    struct Row {
        let role: String
        let name: String
        let path: String
        let state: String
        let isOwn: Bool
        let cells: [Cell]
    }

    struct Cell {
        let label: String
        let text: String
    }

    let page: PageFrame
    let t: TextTree
    let bar: PersonBarModel
    let groups: [AdministrationFrame.Group]
    let title: String
    let lead: String
    let address: String
    let notices: [AdministrationNotice]
    let columns: [String]
    let rows: [Row]

    /// - Parameter stored: of the roles that have a layout of their own.
    init(
        stored: [Role: DashboardLayout], notices: [AdministrationNotice], _ frame: AdministrationFrame
    ) {
        let localisation = frame.localisation
        page = frame.page
        t = frame.t
        bar = frame.bar
        groups = frame.groups
        title = localisation[AdministrationPlace.layouts.titleKey]
        lead = localisation[AdministrationPlace.layouts.leadKey]
        let address = "\(frame.page.base)\(AdministrationPlace.layouts.path)"
        self.address = address
        self.notices = notices
        columns = LayoutForm.Section.allCases.map { localisation[$0.nameKey] }
        rows = Role.allCases.map { role in
            let own = stored[role]
            let form = LayoutForm(own ?? .standard(for: role))
            return Row(
                role: role.rawValue,
                name: localisation.text(role.textKey),
                path: "\(address)/\(role.rawValue)",
                state: localisation.text(own == nil ? .layoutStandard : .layoutOwn),
                isOwn: own != nil,
                cells: LayoutForm.Section.allCases.map { section in
                    Cell(
                        label: localisation[section.nameKey],
                        text: localisation.integer(Double(form.tiles(section).count)))
                }
            )
        }
    }
}

/// The form of one role's layout, and what stands before it goes back to the standard, as their templates see them.
struct AdministrationLayoutModel {
    /// What the page is made of.
    struct Shown {
        let role: Role
        var form: LayoutForm
        /// Of the layout that is stored; nil while the standard holds.
        var tag: String?
        /// The tile that was just moved; what was moved is not saved yet.
        var moved: WidgetKind?
        /// Somebody else has changed it meanwhile: what is stored now.
        var theirs: DashboardLayout?
        /// Entries of the audit log, newest first.
        var history: [JSONValue] = []
        var notices: [AdministrationNotice] = []
    }

    struct Section {
        let section: String
        let heading: String
        let tiles: [Tile]
    }

    struct Tile {
        let widget: String
        let label: String
        let widths: [Option]
    }

    struct Option {
        let value: String
        let name: String
        let isChosen: Bool
        /// There always: nobody can do without.
        var isFixed = false
    }

    let page: PageFrame
    let t: TextTree
    let bar: PersonBarModel
    let groups: [AdministrationFrame.Group]
    let kindTitle: String
    let listPath: String
    let path: String
    let role: String
    let title: String
    let tag: String?
    let isOwn: Bool
    let notices: [AdministrationNotice]
    let said: String?
    let movedText: String
    let hiddenText: String
    let isLost: Bool
    let differences: [AdministrationObjectModel.Difference]
    let sections: [Section]
    let filters: [Option]
    let effects: [String]
    let events: [AdministrationObjectModel.Event]
    let hasEvents: Bool

    init(_ shown: Shown, zone: String, _ frame: AdministrationFrame) {
        let localisation = frame.localisation
        page = frame.page
        t = frame.t
        bar = frame.bar
        groups = frame.groups
        kindTitle = localisation[AdministrationPlace.layouts.titleKey]
        listPath = "\(frame.page.base)\(AdministrationPlace.layouts.path)"
        path = "\(frame.page.base)\(AdministrationPlace.layouts.path)/\(shown.role.rawValue)"
        role = localisation.text(shown.role.textKey)
        title = localisation.text(.layoutTitle, ["role": localisation.text(shown.role.textKey)])
        tag = shown.tag
        isOwn = shown.tag != nil
        notices = shown.notices
        said = shown.moved.map { Self.place(of: $0, in: shown.form, localisation) }
        movedText = localisation.text(.layoutMoved)
        hiddenText = localisation.text(.layoutHidden)
        isLost = shown.theirs != nil
        differences = shown.theirs.map { Self.differences(shown.form, LayoutForm($0), localisation) } ?? []
        sections = LayoutForm.Section.allCases.map { section in
            Section(
                section: section.rawValue, heading: localisation[section.nameKey],
                tiles: shown.form.tiles(section).map { Self.tile($0, localisation) })
        }
        filters = DashboardPage.offered.map { filter in
            Option(
                value: filter.rawValue, name: localisation[Self.key(of: filter)],
                isChosen: filter.isRequired || shown.form.filters.contains(filter), isFixed: filter.isRequired)
        }
        effects = Self.effects(of: shown, localisation)
        events = AdministrationObjectModel.events(shown.history, zone: zone, localisation)
        hasEvents = !events.isEmpty
    }

    private static func tile(_ place: LayoutForm.Tile, _ localisation: Localisation) -> Tile {
        Tile(
            widget: place.widget.rawValue,
            label: localisation[key(of: place.widget)],
            widths: (1...DashboardLayout.columns).map { width in
                Option(
                    value: "\(width)", name: localisation.text(.layoutWidth, ["n": "\(width)"]),
                    isChosen: width == place.width)
            }
        )
    }

    /// Where a tile stands, in words.
    private static func place(
        of widget: WidgetKind, in form: LayoutForm, _ localisation: Localisation
    ) -> String {
        let spot = form.spot(of: widget)
        let name = localisation[key(of: widget)]
        guard spot.section != .hidden else { return localisation.text(.layoutHidden, ["name": name]) }
        return localisation.text(
            .layoutMoved,
            [
                "name": name, "section": localisation[spot.section.nameKey], "n": "\(spot.position)",
                "of": "\(form.tiles(spot.section).count)",
            ])
    }

    /// What stands in other places, or is otherwise wide, than in the other form.
    private static func differences(
        _ mine: LayoutForm, _ theirs: LayoutForm, _ localisation: Localisation
    ) -> [AdministrationObjectModel.Difference] {
        func words(_ spot: LayoutForm.Spot) -> String {
            guard spot.section != .hidden else { return localisation[spot.section.nameKey] }
            return localisation.text(
                .layoutSpot,
                [
                    "section": localisation[spot.section.nameKey], "n": "\(spot.position)",
                    "width": localisation.text(.layoutWidth, ["n": "\(spot.width)"]),
                ])
        }
        let tiles = WidgetKind.allCases.compactMap { widget -> AdministrationObjectModel.Difference? in
            let (left, right) = (words(mine.spot(of: widget)), words(theirs.spot(of: widget)))
            guard left != right else { return nil }
            return .init(label: localisation[key(of: widget)], mine: left, theirs: right)
        }
        let filters = DashboardPage.offered.compactMap { filter -> AdministrationObjectModel.Difference? in
            let (left, right) = (mine.filters.contains(filter), theirs.filters.contains(filter))
            guard left != right else { return nil }
            return .init(
                label: localisation[key(of: filter)], mine: localisation.text(left ? .yes : .no),
                theirs: localisation.text(right ? .yes : .no))
        }
        return tiles + filters
    }

    /// What going back to the standard does, one sentence each.
    private static func effects(of shown: Shown, _ localisation: Localisation) -> [String] {
        let now = shown.form.layout
        let standard = DashboardLayout.standard(for: shown.role)
        func names(_ widgets: [WidgetKind]) -> String {
            widgets.map { localisation[key(of: $0)] }.joined(separator: ", ")
        }
        let coming = standard.places.map(\.widget).filter { !now.shows($0) }
        let going = now.places.map(\.widget).filter { !standard.shows($0) }
        var effects = [
            localisation.text(.layoutStandardEffect, ["role": localisation.text(shown.role.textKey)])
        ]
        if !coming.isEmpty { effects.append(localisation.text(.layoutComing, ["names": names(coming)])) }
        if !going.isEmpty { effects.append(localisation.text(.layoutGoing, ["names": names(going)])) }
        return effects
    }

    private static func key(of widget: WidgetKind) -> String { "admin.layouts.widget.\(widget.rawValue)" }
    private static func key(of filter: FilterKind) -> String { "admin.layouts.filter.\(filter.rawValue)" }

    /// Every text that layouts name by what is in them.
    static var textKeys: [String] {
        LayoutForm.Section.allCases.map(\.nameKey) + WidgetKind.allCases.map { key(of: $0) }
            + DashboardPage.offered.map { key(of: $0) }
    }
}
