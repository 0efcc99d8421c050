/// ProductFilter: only these products; none named means all.
package enum ProductFilter {
    /// Reads `product_ids`.
    package static func read(_ fields: inout JSONFields) -> [ProductID]? {
        guard let products: [ProductID] = fields.identifiers(FilterKind.product.parameter) else { return nil }
        return products.isEmpty ? nil : products
    }
}
