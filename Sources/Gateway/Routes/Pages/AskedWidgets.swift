import Shared

/// The tiles that an address names.
struct AskedWidgets {
    static let parameter = "widget_ids"

    /// Nil: all.
    let widgets: Set<WidgetKind>?
    private let faults: [ParameterFault]

    /// Reads `widget_ids`, tiles with commas between them; nothing else of the query is looked at.
    init(_ query: QueryItems) {
        var fields = QueryFields(
            items: query.items.filter { $0.name == Self.parameter && !$0.value.isEmpty },
            unreadable: query.unreadable.filter { $0 == Self.parameter })
        let names = fields.text(Self.parameter)?.split(separator: ",", omittingEmptySubsequences: false)
        let widgets = names?.compactMap { WidgetKind(rawValue: String($0)) }
        if let names, names.count != widgets?.count { fields.fault(Self.parameter, .unknownID) }
        self.widgets = widgets.map(Set.init)
        faults = fields.faults
    }

    /// What is read of the rest of the address.
    ///
    /// - Throws: its faults and those of the tiles' names at once.
    func adding<Value>(_ rest: () throws(Fault) -> Value) throws(Fault) -> Value {
        let value: Value
        do {
            value = try rest()
        } catch {
            throw faults.isEmpty ? error : .invalid(error.parameters + faults)
        }
        if !faults.isEmpty { throw .invalid(faults) }
        return value
    }
}
