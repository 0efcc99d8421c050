/// What a client says of a plant.
package struct PlantBody: MasterDataBody {
    package var code: String
    package var name: String
    /// IANA name of the zone in form; whether it exists is checked where the zones are.
    package var timeZone: String
    package var language: LanguageCode?
    package var isActive: Bool

    package init(_ fields: inout JSONFields) {
        code = fields.name("plant_code")
        name = fields.name("plant_name")
        fields.note(
            "timezone",
            JSONShape.text(pattern: "^[A-Za-z0-9/_+-]{1,64}$", example: "America/Argentina/Buenos_Aires")
                .described("The IANA name of a time zone."))
        timeZone = fields.required(fields.plainString("timezone"), "timezone", "")
        language = fields.choice("locale", of: LanguageCode.self)
        isActive = fields.bool("is_active") ?? true
        if !fields.hasFault("timezone"), !Self.mayBeZone(timeZone) { fields.fault("timezone", .invalidZone) }
    }

    private static func mayBeZone(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "_"),
                    UInt8(ascii: "+"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}
