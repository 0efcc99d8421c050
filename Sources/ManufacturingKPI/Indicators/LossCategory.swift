package import Shared

extension LossCategory {
    /// What a stop without a cause counts as: the default of a failure.
    package static let ofUnexplained: LossCategory = .breakdown
}
