/// What a client says of a plant.
package struct PlantBody: MasterDataBody {
    package var code: String
    package var name: String
    /// IANA name of the zone; whether it exists is checked where the zones are.
    package var timeZone: String
    package var language: LanguageCode?

    package init(_ fields: inout JSONFields) {
        code = fields.name("plant_code")
        name = fields.name("plant_name")
        timeZone = fields.name("timezone")
        language = fields.choice("locale", of: LanguageCode.self)
    }
}

/// The JSON of one kind of master data: read by the gateway to refuse what is wrong in itself, and by the worker to store.
package protocol MasterDataBody: Sendable {
    init(_ fields: inout JSONFields)
}

extension MasterDataBody {
    /// Reads a whole body.
    ///
    /// - Throws: `invalidJSON`, or `invalid` with every fault of the body at once.
    package static func read(_ bytes: UnsafeRawBufferPointer) throws(Fault) -> Self {
        var fields = try JSONFields(body: bytes)
        let body = Self(&fields)
        try fields.finish()
        return body
    }
}

extension MasterDataResource {
    /// Checks what can be checked of a body without knowing the plant.
    package func check(_ bytes: UnsafeRawBufferPointer) throws(Fault) {
        switch self {
        case .plants: _ = try PlantBody.read(bytes)
        case .productionLines: _ = try LineBody.read(bytes)
        case .areas: _ = try AreaBody.read(bytes)
        case .products: _ = try ProductBody.read(bytes)
        case .idealRates: _ = try IdealRateBody.read(bytes)
        case .shifts: _ = try ShiftBody.read(bytes)
        }
    }
}
