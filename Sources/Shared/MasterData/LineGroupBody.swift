/// What a client says of lines that are chosen together.
package struct LineGroupBody: MasterDataBody {
    package var name: String
    /// At least one, none twice.
    package var lines: [LineID]

    package init(_ fields: inout JSONFields) {
        name = fields.name("group_name")
        lines = fields.required(fields.distinctIdentifiers("line_ids"), "line_ids", [])
    }
}
