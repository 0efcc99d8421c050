package import Shared

/// What the bar of a page says of whoever sees it: of which company the page is, who is signed in, and where else he may
/// go.
package struct PersonBar: Sendable {
    /// Another tenant the person may switch to (POST /session/switch).
    package struct Membership: Sendable {
        package var slug: String
        package var name: String
        package init(slug: String, name: String) {
            self.slug = slug
            self.name = name
        }
    }

    package var tenantName: String
    package var userName: String
    package var role: Role
    /// The session's token, which every form of the page carries.
    package var csrfToken: String
    /// The tenants beside the present one; empty hides the switch.
    package var otherTenants: [Membership]
    /// Of which part of the site the page is; nil for one that the bar does not lead to.
    package var section: SiteSection?

    package init(
        tenantName: String,
        userName: String,
        role: Role,
        csrfToken: String,
        otherTenants: [Membership] = [],
        section: SiteSection? = nil
    ) {
        self.tenantName = tenantName
        self.userName = userName
        self.role = role
        self.csrfToken = csrfToken
        self.otherTenants = otherTenants
        self.section = section
    }
}

/// `PersonBar` as templates see it.
struct PersonBarModel {
    /// A plant that the page can be narrowed to.
    struct Plant {
        let id: PlantID
        let name: String
        let isCurrent: Bool
    }

    let tenantName: String
    let userName: String
    let roleName: String
    let initial: String
    let csrfToken: String
    let otherTenants: [PersonBar.Membership]
    let hasOtherTenants: Bool
    /// Empty where the page is of no plant in particular.
    let plants: [Plant]
    let hasPlants: Bool
    /// Whether there is another company or plant to go to.
    let hasPlaces: Bool
    /// The plant that is chosen.
    let plantName: String?
    let links: [SiteLink]
    let hasLinks: Bool

    init(_ bar: PersonBar, plants: [Plant] = [], _ localisation: Localisation) {
        tenantName = bar.tenantName
        userName = bar.userName
        roleName = localisation.text(bar.role.textKey)
        initial = bar.userName.first.map { $0.uppercased() } ?? "?"
        csrfToken = bar.csrfToken
        otherTenants = bar.otherTenants
        hasOtherTenants = !bar.otherTenants.isEmpty
        self.plants = plants
        hasPlants = !plants.isEmpty
        hasPlaces = hasOtherTenants || hasPlants
        plantName = plants.first { $0.isCurrent }?.name
        links = SiteLink.all(for: bar.role, current: bar.section, localisation)
        hasLinks = !links.isEmpty
    }
}

extension Role {
    var textKey: TextKey {
        switch self {
        case .superAdmin: .roleSuperAdmin
        case .admin: .roleAdmin
        case .manager: .roleManager
        case .operator: .roleOperator
        case .viewer: .roleViewer
        }
    }
}
