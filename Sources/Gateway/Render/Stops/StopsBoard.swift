import Foundation
import Shared

/// What the page of stops shows of the plants, as the worker told it at one moment.
struct StopsBoard: Sendable {
    var view: StopsView
    var role: Role
    /// Of a view of this shift or the last one.
    var shift: ShiftPeriodReply?
    /// Of the state that the address names.
    var listed: StopsReply
    /// Stops, and no micro-stops, that nobody has explained.
    var unjustified: StopsReply
    var pareto: StopsParetoReply
    /// Nil where it would have more tracks than anybody reads.
    var timeline: StopsTimelineReply?
    var causes: StopCauses
    /// The zone of each line's plant.
    var zones: [Int64: String]
    var now: Instant

    /// The clock of a line's plant.
    func clock(of line: Int64, _ localisation: Localisation) -> PlantClock {
        PlantClock(zones[line], localisation)
    }
}

/// `StopsBoard` as its template sees it.
struct StopsBoardModel {
    /// How many of the stops that nobody has explained are shown beside their number.
    private static let backlogRows = 6

    let t: TextTree
    let assets: String
    let period: String?
    let shift: String?
    let zone: String?
    let stopped: String
    /// Whether the person may enter stops, of which there can be none without lines.
    let mayEnter: Bool
    let rows: [StopRow]
    let isEmpty: Bool
    let isOfAll: Bool
    /// That there are older stops, which are not shown.
    let more: String?
    let backlog: [StopRow]
    let backlogCount: String
    let backlogTotal: String
    let isBacklogEmpty: Bool
    let backlogRest: String?
    let allUnjustified: String
    let timeline: StopTimeline?
    let pareto: StopPareto?
    let paretoFailure: TileFailure?

    init(_ board: StopsBoard, site: PageSite, texts: FaultTexts, _ localisation: Localisation) {
        t = localisation.tree
        assets = site.assets
        let clock = PlantClock(board.pareto.period?.timezone, localisation)
        let from = (board.pareto.period?.from).flatMap(PlantClock.instant)
        let to = (board.pareto.period?.to).flatMap(PlantClock.instant)
        if let from, let to {
            period = clock.period(from: from, to: to)
            zone = localisation.text(.pageZone, ["zone": clock.zoneName(at: from)])
        } else {
            period = nil
            zone = localisation.text(.pageZones)
        }
        shift = board.shift.map { reply in
            ShiftPeriodNote(reply, isLast: board.view.scope.period == .lastShift, localisation).text
        }
        stopped = localisation.duration(seconds: board.listed.plannedTotalSeconds)
        let now = Date(timeIntervalSince1970: Double(board.now.microseconds) / 1_000_000)
        func row(_ stop: StopsReply.Item) -> StopRow {
            StopRow(stop, board.causes, clock: board.clock(of: stop.lineId, localisation), now: now, localisation)
        }
        mayEnter = Set<Role>.operatorsAndAbove.contains(board.role) && !board.zones.isEmpty
        rows = board.listed.items.map(row)
        isEmpty = rows.isEmpty
        isOfAll = board.view.state == .stops
        more =
            board.listed.nextCursor == nil
            ? nil : localisation.text(.stopsMore, ["n": localisation.integer(Double(rows.count))])
        let open = board.unjustified.items
        // What still runs is asked for first.
        func weight(_ stop: StopsReply.Item) -> Double { stop.isOngoing ? .infinity : stop.durationSeconds }
        let longest = open.sorted { (weight($0), $0.start) > (weight($1), $1.start) }
        backlog = longest.prefix(Self.backlogRows).map(row)
        isBacklogEmpty = open.isEmpty
        let isCut = board.unjustified.nextCursor != nil
        backlogCount = localisation.integer(Double(open.count)) + (isCut ? "+" : "")
        backlogTotal = localisation.duration(seconds: board.unjustified.totalSeconds)
        let rest = open.count - backlog.count
        backlogRest =
            rest > 0 ? localisation.count(rest, one: .stopsBacklogRestOne, other: .stopsBacklogRestOther) : nil
        var all = board.view
        all.state = .unjustified
        allUnjustified = "\(site.base)/downtimes\(all.query)"
        timeline = board.timeline.map { reply in
            StopTimeline(reply, board: board, now: now, localisation)
        }
        switch board.pareto.data {
        case .loaded(let data):
            pareto = StopPareto(data, localisation)
            paretoFailure = nil
        case .failed(let code):
            pareto = nil
            paretoFailure = TileFailure(code: code, texts, localisation.language)
        }
    }
}
