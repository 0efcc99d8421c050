/// What kind of loss a failure causes.
package enum LossCategory: String, CaseIterable, Sendable {
    case breakdown
    case changeover
    case planned
    case noDemand = "no_demand"
    case material
    case quality
    case other
}

/// What a client says of a class of causes.
package struct FailureBody: MasterDataBody {
    /// Characters of a description or solution.
    package static let textLimit = 2_000

    package var code: String
    package var name: String
    package var category: LossCategory
    /// Nil: it may happen on every line.
    package var lines: [LineID]?
    package var description: String?
    package var isActive: Bool

    package init(_ fields: inout JSONFields) {
        code = fields.name("failure_code")
        name = fields.name("failure_name")
        category = fields.choice("loss_category", of: LossCategory.self) ?? .breakdown
        lines = fields.distinctIdentifiers("line_ids")
        description = fields.optionalLines("description", upTo: Self.textLimit)
        isActive = fields.bool("is_active") ?? true
    }
}
