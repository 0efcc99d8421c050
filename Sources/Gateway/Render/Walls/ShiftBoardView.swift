import Shared

/// What a shift board shows. The address is the view; without a date it goes with the shifts.
struct ShiftBoardView: Hashable, Sendable {
    var screen: WallScreen
    /// The day the shift starts on; nil: the shift at work.
    var date: LocalDate?
    /// Nil: the first of the date.
    var shift: ShiftID?
    /// Whether each line has a board of its own, instead of one for all that work the same shift.
    var isByLine: Bool

    init(
        screen: WallScreen = WallScreen(), date: LocalDate? = nil, shift: ShiftID? = nil, isByLine: Bool = false
    ) {
        self.screen = screen
        self.date = date
        self.shift = shift
        self.isByLine = isByLine
    }

    /// Reads `lines`, `plant_id`, `look`, `date`, `shift_id` and `by_line`; anything else is a fault, never another view.
    ///
    /// - Throws: every fault of the address at once.
    init(query: String?) throws(Fault) {
        var fields = QueryFields(formQuery: query)
        self.init(screen: WallScreen(&fields))
        if let text = fields.text("date") {
            date = try? LocalDate(parsing: text)
            if date == nil { fields.fault("date", .invalidTime, limit: "YYYY-MM-DD") }
        }
        shift = fields.identifier("shift_id", as: ShiftID.self)
        if shift != nil, date == nil { fields.fault("date", .required) }
        isByLine = fields.bool("by_line") ?? false
        try fields.finish()
    }

    /// The query of the address of this view, `?` included where there is one.
    var query: String {
        if screen.isFixed { return "" }
        var items = screen.items
        if let date { items.append(("date", "\(date)")) }
        if let shift { items.append(("shift_id", "\(shift)")) }
        if isByLine { items.append(("by_line", "true")) }
        return addressQuery(items)
    }
}
