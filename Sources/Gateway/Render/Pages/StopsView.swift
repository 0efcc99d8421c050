package import Shared

/// What the address of the page of stops says: period and filters as the dashboard's address has them, and which stops are
/// listed. The address is the view; a copied link shows the same.
///
/// Read from query items `state`, `period`, `from`, `to`, `plant_id`, `line_id`, `shift_id`. Anything else, or malformed, or
/// given twice, is an error, never another view.
package struct StopsView: Hashable, Sendable {
    /// Which stops are listed.
    package enum State: String, CaseIterable, Sendable {
        /// Without micro-stops.
        case stops
        case ongoing
        case unjustified
        case justified
        case micro
    }

    package var scope: DashboardView
    package var state: State

    package init(scope: DashboardView, state: State = .stops) {
        self.scope = scope
        self.state = state
    }

    /// What the dashboard's address has and this one has not.
    private static let foreign = DashboardView.ownParameters

    /// Reads the decoded name and value of each query item. Empty values count as absent, as a form sends them.
    ///
    /// - Parameter unreadable: the names of parameters whose values are no text.
    /// - Throws: every parameter's fault at once.
    package init(
        queryItems items: [(name: String, value: String)], unreadable: [String] = [], role: Role
    ) throws(Fault) {
        var fields = QueryFields(
            items: items.filter { ($0.name == "state" && !$0.value.isEmpty) || Self.foreign.contains($0.name) },
            unreadable: unreadable.filter { $0 == "state" || Self.foreign.contains($0) })
        state = fields.choice("state", of: State.self) ?? .stops
        var faults = fields.allFaults()
        scope = DashboardView(period: .standard(for: role))
        do throws(Fault) {
            scope = try DashboardView(
                queryItems: items.filter { $0.name != "state" && !Self.foreign.contains($0.name) },
                unreadable: unreadable.filter { $0 != "state" && !Self.foreign.contains($0) },
                role: role)
        } catch {
            faults += error.parameters
        }
        if !faults.isEmpty { throw .invalid(faults) }
    }

    /// The query of the address of this view, `?` included; what is standard is left out, but for the period.
    package var query: String {
        state == .stops ? scope.query : "\(scope.query)&state=\(state.rawValue)"
    }
}
