import ManufacturingKPI
import Shared

/// The listed stops of all lines over the period, once for every tile that shows them.
struct StopList {
    /// Where a stop is: its line's place among the questions, and its own in that line's list.
    private struct Place {
        var start: Instant
        var line: Int
        var index: Int
    }

    /// Of each line, by start.
    let lines: [[Stop]]
    private let newestFirst: [Place]

    /// - Parameter lines: the stops of each line, by start.
    init(_ lines: [[Stop]]) {
        var places: [Place] = []
        places.reserveCapacity(lines.reduce(0) { $0 + $1.count })
        for (line, stops) in lines.enumerated() {
            for (index, stop) in stops.enumerated() {
                places.append(Place(start: stop.interval.start, line: line, index: index))
            }
        }
        places.sort { ($0.start, $0.line) > ($1.start, $1.line) }
        self.lines = lines
        newestFirst = places
    }

    var count: Int { newestFirst.count }

    /// The newest stops, newest first, each with its line's place among the questions.
    func newest(_ most: Int) -> [(line: Int, stop: Stop)] {
        newestFirst.prefix(most).map { place in (place.line, lines[place.line][place.index]) }
    }
}
