/// Who a request is made by, as verified by the gateway, and in which tenant.
package struct Principal: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case user(UserID, Role)
        case apiKey(APIKeyID, Set<KeyScope>)
        /// A screen or tablet of the shop floor, on which nobody has to be signed in.
        case device(DeviceID, DeviceKind)
        /// The gateway's own schedules and its operator; never somebody who came over HTTP.
        case system
    }

    package var kind: Kind
    package var isDevice: Bool { if case .device = kind { true } else { false } }
    package var tenant: TenantID
    package var permissions: Set<Permission>
    /// The plants this principal may see; nil means every plant of the tenant.
    package var plants: [PlantID]?
    package var language: LanguageCode

    package init(
        kind: Kind,
        tenant: TenantID,
        permissions: Set<Permission> = [],
        plants: [PlantID]? = nil,
        language: LanguageCode = .spanish
    ) {
        self.kind = kind
        self.tenant = tenant
        self.permissions = permissions
        self.plants = plants
        self.language = language
    }
}

/// A language the product speaks, by its ISO 639-1 code.
package enum LanguageCode: String, CaseIterable, Sendable {
    case spanish = "es"
    case english = "en"
}
