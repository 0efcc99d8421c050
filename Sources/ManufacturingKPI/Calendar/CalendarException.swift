package import Shared

/// A stretch of time in which a line, or every line of a plant, works otherwise than its shifts say.
package struct CalendarException: Hashable, Sendable {
    package typealias Kind = CalendarExceptionKind

    package let plant: PlantID
    /// Nil: every line of the plant.
    package let line: LineID?
    package let kind: Kind
    package let name: String
    package let interval: Interval

    package init(plant: PlantID, line: LineID?, kind: Kind, name: String, interval: Interval) {
        self.plant = plant
        self.line = line
        self.kind = kind
        self.name = name
        self.interval = interval
    }
}
