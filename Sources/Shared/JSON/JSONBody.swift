/// The JSON of a request that is read field by field.
package protocol JSONBody: Sendable {
    init(_ fields: inout JSONFields)
}

extension JSONBody {
    /// Reads a whole body.
    ///
    /// - Throws: `invalidJSON`, or `invalid` with every fault of the body at once.
    package static func read(_ bytes: [UInt8]) throws(Fault) -> Self {
        var fields = try JSONFields(body: bytes)
        let body = Self(&fields)
        try fields.finish()
        return body
    }

    /// What it takes, under the name of its type.
    package static var shape: JSONShape {
        JSONFields.shape { _ = Self(&$0) }.named(String(describing: Self.self))
    }
}
