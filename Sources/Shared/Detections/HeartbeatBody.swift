/// The JSON of POST /heartbeats: the camera of a line is alive.
package struct HeartbeatBody: Sendable {
    package enum LineName: Sendable {
        case id(LineID)
        case code(String)
    }

    package var line: LineName
    /// The name of the area it looks at; nil where it looks at all of them, or does not say.
    package var area: String?
    /// Nil: now.
    package var at: Instant?

    /// Reads a whole body.
    ///
    /// - Throws: `invalidJSON`, or `invalid` with every fault of the body at once.
    package init(_ bytes: [UInt8]) throws(Fault) {
        var fields = try JSONFields(body: bytes)
        let id = fields.identifier("line_id", as: LineID.self)
        let code = fields.optionalText("line", upTo: 255)
        if let id {
            line = .id(id)
            if code != nil { fields.fault("line", .duplicateField) }
        } else {
            line = .code(fields.hasFault("line_id") ? "" : fields.required(code, "line", ""))
        }
        area = fields.optionalText("area", upTo: 255)
        at = fields.instant("at")
        try fields.finish()
    }
}
