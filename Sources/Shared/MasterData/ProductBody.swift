/// What a client says of a product.
package struct ProductBody: MasterDataBody {
    package var code: String
    package var name: String
    /// Grams per unit: kilograms with three decimals, kept whole so that sums are exact.
    package var weightGrams: Int64?
    package var color: String?
    package var unitsPerBatch: Int64?
    package var isActive: Bool
    package var validFrom: ValidFrom?

    package init(_ fields: inout JSONFields) {
        code = fields.name("product_code")
        name = fields.name("product_name")
        weightGrams = fields.number("weight_kg", in: 0...9_999.999).map { kilograms in
            let grams = (kilograms * 1_000).rounded()
            if abs(grams / 1_000 - kilograms) > 1e-9 {
                fields.fault("weight_kg", .invalidFormat, limit: "3")
            }
            return Int64(grams)
        }
        color = fields.plainString("color")
        unitsPerBatch = fields.integer("units_per_batch", in: 1...1_000_000)
        isActive = fields.bool("is_active") ?? true
        validFrom = fields.validFrom()
        if let color, !Self.isColor(color) {
            fields.fault("color", .invalidFormat, limit: "#rrggbb")
        }
    }

    private static func isColor(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return bytes.count == 7 && bytes[0] == UInt8(ascii: "#")
            && bytes.dropFirst().allSatisfy { byte in
                switch byte | 0x20 {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
                default: false
                }
            }
    }
}
