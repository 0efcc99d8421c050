import Shared

/// What a wall screen shows and how it calls for people. The address is the view; a copied link shows the same.
struct AndonView: Hashable, Sendable {
    var screen: WallScreen
    /// After so many minutes a stop sounds and flashes until somebody has seen it; nil: never.
    var alarmMinutes: Int?
    /// Whether only pages with a stopped line are shown while there is one.
    var holdsStopped: Bool

    init(screen: WallScreen = WallScreen(), alarmMinutes: Int? = nil, holdsStopped: Bool = false) {
        self.screen = screen
        self.alarmMinutes = alarmMinutes
        self.holdsStopped = holdsStopped
    }

    /// Reads `lines`, `plant_id`, `look`, `alarm_minutes` and `hold`; anything else is a fault, never another view.
    ///
    /// - Throws: every fault of the address at once.
    init(query: String?) throws(Fault) {
        var fields = QueryFields(formQuery: query)
        self.init(
            screen: WallScreen(&fields),
            alarmMinutes: fields.integer("alarm_minutes", in: 1...1_440).map(Int.init),
            holdsStopped: fields.bool("hold") ?? false
        )
        try fields.finish()
    }

    /// The query of the address of this view, `?` included where there is one.
    var query: String {
        if screen.isFixed { return "" }
        var items = screen.items
        if let alarmMinutes { items.append(("alarm_minutes", "\(alarmMinutes)")) }
        if holdsStopped { items.append(("hold", "true")) }
        return addressQuery(items)
    }
}
