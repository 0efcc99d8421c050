/// The JSON of POST /heartbeats: the camera of a line is alive.
package struct HeartbeatBody: JSONBody {
    package enum LineName: Sendable {
        case id(LineID)
        case code(String)
    }

    package var line: LineName
    /// The name of the area it looks at; nil where it looks at all of them, or does not say.
    package var area: String?
    /// Nil: now.
    package var at: Instant?

    package init(_ fields: inout JSONFields) {
        let id = fields.identifier("line_id", as: LineID.self)
        let code = fields.optionalText("line", upTo: 255)
        if let id {
            line = .id(id)
            if code != nil { fields.fault("line", .notAllowed) }
        } else {
            line = .code(code ?? "")
            if code == nil, !fields.hasFault("line"), !fields.hasFault("line_id") { fields.fault("line", .required) }
        }
        area = fields.optionalText("area", upTo: 255)
        at = fields.instant("at")
    }
}
