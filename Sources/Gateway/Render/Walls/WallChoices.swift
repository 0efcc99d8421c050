import Shared

/// What somebody may choose for a screen: plants and lines.
struct WallChoices: Sendable {
    struct Plant: Sendable {
        var id: PlantID
        var name: String
    }

    struct Line: Sendable {
        var id: LineID
        var code: String
        var name: String
    }

    var plants: [Plant]
    /// Those of the chosen plant.
    var lines: [Line]
}

/// `WallChoices` as templates see it.
struct WallChoicesModel {
    struct Choice {
        let value: String
        let name: String
        let isCurrent: Bool
    }

    let plants: [Choice]
    let hasPlants: Bool
    let lines: [Choice]
    let looks: [Choice]
    /// A group that stands for its lines, which no box does.
    let group: String?

    init(_ choices: WallChoices, _ screen: WallScreen, _ localisation: Localisation) {
        plants = choices.plants.map {
            Choice(value: "\($0.id)", name: $0.name, isCurrent: $0.id == screen.plant)
        }
        hasPlants = plants.count > 1
        lines = choices.lines.map { line in
            let name = line.name == line.code ? line.code : "\(line.code) · \(line.name)"
            return Choice(value: "\(line.id)", name: name, isCurrent: screen.names(line.id))
        }
        let texts = localisation.tree.texts
        looks = Theme.allCases.map { theme in
            Choice(
                value: theme.rawValue, name: texts["menu.theme_\(theme.rawValue)"] ?? theme.rawValue,
                isCurrent: theme == screen.look)
        }
        if case .group(let id) = screen.lines { group = ProductionLineFilter.text(of: id) } else { group = nil }
    }
}
