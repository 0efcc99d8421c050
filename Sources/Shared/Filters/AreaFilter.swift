/// AreaFilter: areas of the one line that is chosen.
package enum AreaFilter {
    /// Reads `area_ids`; nil when none is named. Areas are refused where no single line is chosen, so that they never
    /// mean anything wider.
    package static func read(_ fields: inout JSONFields, of lines: LineSelection) -> [AreaID]? {
        let name = FilterKind.area.parameter
        guard let areas: [AreaID] = fields.identifiers(name), !areas.isEmpty else { return nil }
        if lines.single == nil, !fields.hasFault(FilterKind.productionLine.parameter) {
            fields.fault(name, .notAllowed, limit: FilterKind.productionLine.parameter)
        }
        return areas
    }
}
