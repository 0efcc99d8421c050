/// What a client says of a product.
package struct ProductBody: MasterDataBody {
    package var code: String
    package var name: String
    /// Grams per unit: kilograms with three decimals, kept whole so that sums are exact.
    package var weightGrams: Int64?
    /// `#rrggbb`
    package var color: String?
    package var unitsPerBatch: Int64?
    package var isActive: Bool
    package var validFrom: ValidFrom?

    package init(_ fields: inout JSONFields) {
        code = fields.name("product_code")
        name = fields.name("product_name")
        weightGrams = fields.grams("weight_kg")
        fields.note("color", .text(pattern: "^#[0-9a-fA-F]{6}$", example: "#336699"))
        color = fields.plainString("color")
        unitsPerBatch = fields.integer("units_per_batch", in: 1...1_000_000)
        isActive = fields.bool("is_active") ?? true
        validFrom = fields.validFrom()
        if let color, !Self.isColor(color) {
            fields.fault("color", .invalidFormat, limit: "#rrggbb")
        }
    }

    private static func isColor(_ text: String) -> Bool {
        text.utf8.count == 7 && text.utf8.first == UInt8(ascii: "#")
            && text.utf8.dropFirst().allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
                    UInt8(ascii: "A")...UInt8(ascii: "F"):
                    true
                default: false
                }
            }
    }
}

extension JSONFields {
    /// Kilograms, 0 to 9 999.999 with at most three decimals, as grams.
    fileprivate mutating func grams(_ name: String) -> Int64? {
        note(name, JSONShape.number(0...9_999.999).described("Kilograms, with at most three decimals."))
        guard let kilograms = number(name, in: 0...9_999.999) else { return nil }
        let grams = (kilograms * 1_000).rounded()
        // A number with three decimals is the one nearest to its grams / 1 000, so nothing else is equal to it.
        guard grams / 1_000 == kilograms else {
            fault(name, .invalidFormat, limit: "0.001")
            return nil
        }
        return Int64(grams)
    }
}
