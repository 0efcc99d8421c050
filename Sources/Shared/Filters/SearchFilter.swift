/// SearchFilter: text that the cells of tables are looked through for.
package enum SearchFilter {
    /// Characters, at most.
    package static let longest = 200

    /// Reads `search`; an empty text means none.
    package static func read(_ fields: inout JSONFields) -> String? {
        let name = FilterKind.search.parameter
        fields.note(name, .text(JSONShape.Text(lengths: 0...longest)))
        guard let text = fields.plainString(name), !text.isEmpty else { return nil }
        return fields.checked(text, name, upTo: longest)
    }
}
