package import Shared

/// A shift with all its versions.
package struct ShiftDefinition: Hashable, Sendable {
    package let id: ShiftID
    /// Ascending by `validFrom`, the one since ever first.
    package let versions: [ShiftVersion]

    package init(id: ShiftID, versions: [ShiftVersion]) {
        self.id = id
        self.versions = versions.sorted { left, right in
            guard let rightFrom = right.validFrom else { return false }
            return left.validFrom.map { $0 < rightFrom } ?? true
        }
    }

    /// A shift applies to a line when any of its versions does, active or not.
    package func applies(to line: LineID, of plant: PlantID) -> Bool {
        versions.contains { $0.applies(to: line, of: plant) }
    }

    /// True when the version at `index` is the one valid at `instant`.
    func isVersion(_ index: Int, validAt instant: Instant) -> Bool {
        if let from = versions[index].validFrom, instant < from { return false }
        if index + 1 < versions.count, let next = versions[index + 1].validFrom, next <= instant { return false }
        return true
    }
}
