import Shared

/// Which lines a screen of the floor shows, and how it looks: in the address for whoever is signed in, with the device for a
/// device.
struct WallScreen: Hashable, Sendable {
    var lines: LineSelection
    var plant: PlantID?
    /// Nil: as whoever looks has chosen.
    var look: Theme?
    /// Nil: that of whoever looks.
    var language: LanguageCode?
    /// Whether it is a device's own: then no address says anything of it, and nothing is chosen.
    var isFixed = false

    init(
        lines: LineSelection = .all, plant: PlantID? = nil, look: Theme? = nil, language: LanguageCode? = nil
    ) {
        self.lines = lines
        self.plant = plant
        self.look = look
        self.language = language
    }

    /// Reads `lines` (ids with commas between them, or a group), `plant_id` and `look`.
    init(_ fields: inout QueryFields) {
        let values = fields.values("lines").flatMap { $0.split(separator: ",").map(String.init) }
        let selection = ProductionLineFilter.selection(of: values)
        if selection == nil { fields.fault("lines", .unknownLine) }
        self.init(
            lines: selection ?? .all,
            plant: fields.identifier("plant_id", as: PlantID.self),
            look: fields.choice("look", of: Theme.self)
        )
    }

    /// What a device shows.
    init(of device: EnrolledDevice) {
        self.init(lines: .some(device.lines), look: device.look, language: device.language)
        isFixed = true
    }

    /// A fault the worker finds, by the names the address has.
    func renamed(_ fault: Fault) -> Fault {
        var fault = fault
        for (index, parameter) in fault.parameters.enumerated() where parameter.parameter == "line_id" {
            fault.parameters[index].parameter = "lines"
        }
        return fault
    }

    /// The items of the address that say the same.
    var items: [(name: String, value: String)] {
        if isFixed { return [] }
        var items: [(name: String, value: String)] = []
        switch lines {
        case .all: break
        case .some(let ids): items.append(("lines", ids.map { "\($0)" }.joined(separator: ",")))
        case .group(let group): items.append(("lines", ProductionLineFilter.text(of: group)))
        }
        if let plant { items.append(("plant_id", "\(plant)")) }
        if let look { items.append(("look", look.rawValue)) }
        return items
    }

    /// The query of an address that says only this, `?` included where there is one.
    var query: String { addressQuery(items) }

    /// Whether a line is among those named one by one.
    func names(_ line: LineID) -> Bool {
        if case .some(let ids) = lines { ids.contains(line) } else { false }
    }
}

extension PageSite {
    /// The same as a screen shows it.
    func shown(on screen: WallScreen) -> PageSite {
        var site = self
        if let look = screen.look { site.theme = look }
        if let language = screen.language { site.language = language }
        return site
    }
}

extension QueryFields {
    /// The fields of an address whose empty values count as absent, as a form sends them.
    init(formQuery query: String?) {
        let items = QueryItems(query ?? "")
        self.init(items: items.items.filter { !$0.value.isEmpty }, unreadable: items.unreadable)
    }
}

/// Items as the query of an address, `?` included where there are any.
func addressQuery(_ items: [(name: String, value: String)]) -> String {
    items.isEmpty ? "" : "?" + items.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
}
