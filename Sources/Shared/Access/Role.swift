/// What a user may do in one tenant. A user has exactly one role in each tenant he is a member of.
///
/// The raw values are those of the database, of tokens and of the API; they are compared exactly.
package enum Role: String, CaseIterable, Sendable {
    case superAdmin = "SUPER_ADMIN"
    case admin = "ADMIN"
    case manager = "MANAGER"
    case `operator` = "OPERATOR"
    case viewer = "VIEWER"
}

extension Role {
    /// Whether it may do what the other one may and more.
    package func isAbove(_ other: Role) -> Bool { rank < other.rank }

    /// From above, 0 is the highest.
    private var rank: Int {
        switch self {
        case .superAdmin: 0
        case .admin: 1
        case .manager: 2
        case .operator: 3
        case .viewer: 4
        }
    }
}

/// A right that a membership may carry beside its role.
package enum Permission: String, CaseIterable, Sendable {
    case exportData = "export_data"
}

/// What an API key may be used for. None implies another.
package enum KeyScope: String, CaseIterable, Sendable {
    case read
    case ingest
    case write
}
