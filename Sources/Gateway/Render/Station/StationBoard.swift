import Foundation
import Shared

/// What a station shows of its lines at one moment.
struct StationBoard: Sendable {
    /// In the order of the device.
    var status: LineStatusData
    /// Those that nobody has explained, and those that still run, newest first.
    var stops: [StopsReply.Item]
    var causes: StopCauses
    var people: [ListStationPeople.Row]
    var now: Instant
}

/// `StationBoard` as its template sees it.
struct StationBoardModel {
    struct Line {
        let id: Int64
        let status: LineStatusTile.Line
        let rows: [StopRow]
        let isEmpty: Bool
        /// How many of them nobody has explained; nil where that is none.
        let count: String?
    }

    struct Person {
        let id: Int64
        let name: String
        let initial: String
    }

    let t: TextTree
    let assets: String
    let lines: [Line]
    let isEmpty: Bool
    let people: [Person]
    let hasPeople: Bool

    init(_ board: StationBoard, site: PageSite, _ localisation: Localisation) {
        t = localisation.tree
        assets = site.assets
        let now = Date(timeIntervalSince1970: Double(board.now.microseconds) / 1_000_000)
        let tile = LineStatusTile(board.status, address: { _ in "" }, localisation)
        lines = zip(board.status.lines, tile.lines).map { line, status in
            let clock = PlantClock(line.timezone, localisation)
            let rows = board.stops.filter { $0.lineId == line.lineID }.map { stop in
                StopRow(stop, board.causes, clock: clock, now: now, localisation)
            }
            let open = rows.count { $0.cause == nil }
            return Line(
                id: line.lineID,
                status: status,
                rows: rows,
                isEmpty: rows.isEmpty,
                count: open == 0
                    ? nil : localisation.count(open, one: .stationOpenOne, other: .stationOpenOther)
            )
        }
        isEmpty = lines.isEmpty
        people = board.people.map { person in
            Person(
                id: person.id.rawValue, name: person.name, initial: person.name.first.map { $0.uppercased() } ?? "?")
        }
        hasPeople = !people.isEmpty
    }
}
