import Mustache
import Shared

/// The stops of the period, newest first as the worker orders them.
struct DowntimeTableTile: TileContent {
    struct Row: MustacheParent {
        /// What its template takes from farther out; with them nothing is looked for there.
        let t: TextTree
        let assets: String
        let state: String
        let stateIcon: String
        let stateText: String
        let isMicro: Bool
        let line: String
        let start: String
        /// Of the stop itself.
        let address: String?
        let end: String?
        let duration: String
        let planned: String
        let cause: String
        /// What was said beside the incident.
        let note: String?
        let isJustified: Bool
        let source: String
        /// As a file tells them: instants with their distance from UTC, seconds as numbers.
        let startInstant: String?
        let endInstant: String?
        let durationSeconds: String
        let plannedSeconds: String

        /// As of `StopRow`.
        func child(named name: String) -> Any? {
            switch name {
            case "t": t
            case "assets": assets
            case "state": state
            case "stateIcon": stateIcon
            case "stateText": stateText
            case "isMicro": isMicro
            case "line": line
            case "start": start
            case "address": address
            case "end": end
            case "duration": duration
            case "planned": planned
            case "cause": cause
            case "note": note
            case "isJustified": isJustified
            case "source": source
            case "startInstant": startInstant
            case "endInstant": endInstant
            case "durationSeconds": durationSeconds
            case "plannedSeconds": plannedSeconds
            default: nil
            }
        }
    }

    let summary: String?
    let rows: [Row]
    let empty: EmptyTile?
    let count: String
    let microCount: String?
    /// How many have what is searched for, where something is.
    let found: String?
    let plannedTotal: String
    let total: String
    let more: String?

    /// Times are those of the clock given: the period's zone, or UTC (and said so) when the lines lie in several.
    init(_ data: DowntimeTableData, _ context: TileContext) {
        let (localisation, clock) = (context.localisation, context.clock)
        summary = localisation.text(.downtimeZone, ["zone": context.zone])
        count = localisation.count(data.count, one: .downtimeCountOne, other: .downtimeCountOther)
        microCount =
            data.microCount > 0
            ? localisation.count(data.microCount, one: .downtimeMicroOne, other: .downtimeMicroOther)
            : nil
        plannedTotal = localisation.duration(seconds: data.plannedTotalSeconds)
        total = localisation.duration(seconds: data.totalSeconds)
        let all = data.items.map { item in
            let start = PlantClock.instant(item.start)
            let end = item.end.flatMap(PlantClock.instant)
            let isOngoing = item.status == "ongoing"
            let isRegistered = item.source == "registered"
            let cause = context.cause(
                incident: item.incidentID, failureName: item.failureName, incidentName: item.incidentName,
                reason: item.reason)
            return Row(
                t: localisation.tree,
                assets: context.assets,
                state: isOngoing ? "ongoing" : "closed",
                stateIcon: isOngoing ? "stop" : "check",
                stateText: localisation.text(isOngoing ? .downtimeOngoing : .downtimeClosed),
                isMicro: item.kind == "micro",
                line: item.lineCode,
                start: start.map { clock.moment($0) } ?? Localisation.noValue,
                address: start.flatMap {
                    context.stop(line: item.lineID, start: $0, kind: item.kind, source: item.source)
                },
                end: end.map { clock.moment($0, besides: start) },
                duration: localisation.duration(seconds: item.durationSeconds),
                planned: localisation.duration(seconds: item.plannedSeconds),
                cause: cause ?? "",
                note: item.incidentID == nil ? nil : item.reason,
                isJustified: cause != nil,
                source: localisation.text(isRegistered ? .downtimeRegistered : .downtimeCalculated),
                startInstant: start.map(clock.instantText),
                endInstant: end.map(clock.instantText),
                durationSeconds: item.durationSeconds.shortText,
                plannedSeconds: item.plannedSeconds.shortText
            )
        }
        let matching = context.found(in: all) { row in
            [
                row.stateText, row.isMicro ? localisation.text(.downtimeMicro) : nil, row.line, row.start, row.end,
                row.duration, row.planned, row.isJustified ? row.cause : localisation.text(.downtimeUnjustified),
                row.note, row.source,
            ]
        }
        rows = Array(matching.prefix(Self.mostRows))
        if all.isEmpty {
            empty = EmptyTile(icon: "check", text: localisation.text(.downtimeEmpty), isGood: true)
        } else {
            empty = rows.isEmpty ? context.nothingFound : nil
        }
        let isSearched = context.view.search != nil
        found =
            isSearched
            ? localisation.count(matching.count, one: .tileSearchFoundOne, other: .tileSearchFoundOther) : nil
        let left = data.more + matching.count - rows.count
        let (one, other): (TextKey, TextKey) =
            isSearched ? (.tileSearchOlderOne, .tileSearchOlderOther) : (.downtimeMoreOne, .downtimeMoreOther)
        more = left > 0 ? localisation.count(left, one: one, other: other) : nil
    }

    /// So many are shown, whatever was looked through.
    private static let mostRows = 100
}
