/// The kind of loss a failure belongs to.
package enum LossCategory: String, Hashable, Sendable, CaseIterable {
    case breakdown
    case changeover
    case planned
    case noDemand = "no_demand"
    case material
    case quality
    case other

    /// What a stop without a cause counts as: the default of a failure.
    package static let ofUnexplained: LossCategory = .breakdown
}
