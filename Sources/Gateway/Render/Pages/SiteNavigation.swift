package import Shared

/// A part of the site that the bar of every page leads to, in the order shown there.
package enum SiteSection: CaseIterable, Sendable {
    case dashboard
    case stops
    case shiftBoard
    case andon
    case administration

    /// Who is led there; the routes of its pages are for the same people.
    package var roles: Set<Role> {
        switch self {
        case .dashboard, .stops, .shiftBoard, .andon: .everyRole
        case .administration: .managersAndAbove
        }
    }

    /// Where it begins, below the site's own path.
    var path: String {
        switch self {
        case .dashboard: "/"
        case .stops: "/downtimes"
        case .shiftBoard: "/shift-board"
        case .andon: "/andon"
        case .administration: "/admin"
        }
    }

    fileprivate var icon: String {
        switch self {
        case .dashboard: "bars"
        case .stops: "stop"
        case .shiftBoard: "clock"
        case .andon: "wall"
        case .administration: "sliders"
        }
    }

    fileprivate var textKey: TextKey {
        switch self {
        case .dashboard: .navigationDashboard
        case .stops: .navigationStops
        case .shiftBoard: .navigationShiftBoard
        case .andon: .navigationAndon
        case .administration: .navigationAdministration
        }
    }
}

/// A link of the bar, as its template sees it.
struct SiteLink {
    let path: String
    let name: String
    let icon: String
    /// Whether it leads to what is chosen here.
    let keepsView: Bool
    /// Whether the page that shows it belongs to what it leads to.
    let isCurrent: Bool

    /// The links for a role; none where there would be only one.
    static func all(for role: Role, current: SiteSection?, _ localisation: Localisation) -> [SiteLink] {
        let links = SiteSection.allCases.filter { $0.roles.contains(role) }.map { section in
            SiteLink(
                path: section.path,
                name: localisation.text(section.textKey),
                icon: section.icon,
                keepsView: section != current && (section == .dashboard || section == .stops),
                isCurrent: section == current
            )
        }
        return links.count > 1 ? links : []
    }
}
