import Shared

/// A place of the administration that its navigation leads to.
enum AdministrationPlace: Hashable, Sendable {
    case kind(AdministrationKind)
    case devices
    case layouts
    case settings
    case audit

    static let groups: [(titleKey: String, places: [AdministrationPlace])] = [
        (
            "admin.group.plant",
            [.kind(.plants), .kind(.lines), .kind(.areas), .kind(.products), .kind(.rates), .kind(.groups)]
        ),
        ("admin.group.schedule", [.kind(.shifts), .kind(.calendar)]),
        ("admin.group.causes", [.kind(.failures), .kind(.incidents)]),
        ("admin.group.access", [.kind(.users), .kind(.keys), .devices, .layouts, .settings, .audit]),
    ]

    /// Its page, below the site's own path.
    var path: String {
        switch self {
        case .kind(let kind): "/admin/\(kind.rawValue)"
        case .devices: "/admin/devices"
        case .layouts: "/admin/layouts"
        case .settings: "/admin/settings"
        case .audit: "/admin/audit"
        }
    }

    var titleKey: String {
        switch self {
        case .kind(let kind): kind.titleKey
        case .devices: "admin.devices.title"
        case .layouts: "admin.layouts.title"
        case .settings: "admin.settings.title"
        case .audit: "admin.audit.title"
        }
    }

    var leadKey: String {
        switch self {
        case .kind(let kind): kind.leadKey
        case .devices: "admin.devices.lead"
        case .layouts: "admin.layouts.lead"
        case .settings: "admin.settings.lead"
        case .audit: "admin.audit.lead"
        }
    }

    var icon: String {
        switch self {
        case .kind(let kind): kind.icon
        case .devices: "screen"
        case .layouts: "layout"
        case .settings: "sliders"
        case .audit: "history"
        }
    }

    /// Every text that the navigation names.
    static var textKeys: [String] {
        groups.flatMap { group in
            [group.titleKey] + group.places.flatMap { [$0.titleKey, $0.leadKey] }
        }
    }
}

/// What every page of the administration is drawn in, as templates see it.
struct AdministrationFrame {
    struct Group {
        let title: String
        let links: [Link]
    }

    struct Link {
        let path: String
        let name: String
        let lead: String
        let icon: String
        let isCurrent: Bool
    }

    let page: PageFrame
    let t: TextTree
    let bar: PersonBarModel
    let groups: [Group]
    let localisation: Localisation

    /// - Parameter places: those that the person may go to.
    init(
        _ bar: PersonBar, site: PageSite, places: Set<AdministrationPlace>, current: AdministrationPlace?,
        _ localisation: Localisation
    ) {
        page = PageFrame(site, localisation)
        t = localisation.tree
        self.bar = PersonBarModel(bar, localisation)
        self.localisation = localisation
        groups = AdministrationPlace.groups.compactMap { group in
            let links = group.places.filter(places.contains).map { place in
                Link(
                    path: place.path,
                    name: localisation[place.titleKey],
                    lead: localisation[place.leadKey],
                    icon: place.icon,
                    isCurrent: place == current
                )
            }
            return links.isEmpty ? nil : Group(title: localisation[group.titleKey], links: links)
        }
    }
}

/// Something told at the top of a page.
struct AdministrationNotice {
    let text: String
    let isBad: Bool

    /// What was done, told once; the raw value is in the address.
    enum Done: String, CaseIterable {
        case saved
        case added
        case deleted
        case deactivated
        case revoked

        var text: AdministrationText {
            switch self {
            case .saved: .saved
            case .added: .added
            case .deleted: .deleted
            case .deactivated: .deactivated
            case .revoked: .revoked
            }
        }
    }
}
