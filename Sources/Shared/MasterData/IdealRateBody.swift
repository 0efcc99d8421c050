/// How many units of a product a line makes per minute at best.
package struct IdealRateBody: MasterDataBody {
    package var line: LineID
    package var product: ProductID
    /// Units per minute; 0 means that it is unknown.
    package var ratePerMinute: Double
    /// False: from then on the line's own rate holds.
    package var isActive: Bool
    package var validFrom: ValidFrom?

    package init(_ fields: inout JSONFields) {
        line = fields.required(fields.identifier("line_id"), "line_id", LineID(1))
        product = fields.required(fields.identifier("product_id"), "product_id", ProductID(1))
        ratePerMinute = fields.required(
            fields.rate("rate_per_minute"), "rate_per_minute", 0)
        isActive = fields.bool("is_active") ?? true
        validFrom = fields.validFrom()
    }
}
