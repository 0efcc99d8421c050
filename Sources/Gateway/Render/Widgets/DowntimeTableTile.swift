import Shared

/// The stops of the period, newest first as the worker orders them.
struct DowntimeTableTile {
    struct Row {
        let state: String
        let stateIcon: String
        let stateText: String
        let isMicro: Bool
        let line: String
        let start: String
        let end: String?
        let duration: String
        let planned: String
        let cause: String
        let isJustified: Bool
        let source: String
    }

    let rows: [Row]
    let isEmpty: Bool
    let count: String
    let microCount: String?
    let plannedTotal: String
    let total: String
    let more: String?

    /// Times are those of the clock given: the period's zone, or UTC (and said so) when the lines lie in several.
    init(_ data: DowntimeTableData, clock: PlantClock, _ localisation: Localisation) {
        count = localisation.count(data.count, one: .downtimeCountOne, other: .downtimeCountOther)
        microCount =
            data.microCount > 0
            ? localisation.count(data.microCount, one: .downtimeMicroOne, other: .downtimeMicroOther)
            : nil
        plannedTotal = localisation.duration(seconds: data.plannedTotalSeconds)
        total = localisation.duration(seconds: data.totalSeconds)
        more = data.more > 0 ? localisation.count(data.more, one: .downtimeMoreOne, other: .downtimeMoreOther) : nil
        isEmpty = data.items.isEmpty
        rows = data.items.map { item in
            let start = PlantClock.instant(item.start)
            let end = item.end.flatMap(PlantClock.instant)
            let isOngoing = item.status == "ongoing"
            let isRegistered = item.source == "registered"
            let cause =
                item.reason ?? item.incidentID.map { localisation.text(.downtimeIncident, ["n": "\($0)"]) }
            return Row(
                state: isOngoing ? "ongoing" : "closed",
                stateIcon: isOngoing ? "stop" : "check",
                stateText: localisation.text(isOngoing ? .downtimeOngoing : .downtimeClosed),
                isMicro: item.kind == "micro",
                line: item.lineCode,
                start: start.map { clock.moment($0) } ?? Localisation.noValue,
                end: end.map { clock.moment($0, besides: start) },
                duration: localisation.duration(seconds: item.durationSeconds),
                planned: localisation.duration(seconds: item.plannedSeconds),
                cause: cause ?? "",
                isJustified: cause != nil,
                source: localisation.text(isRegistered ? .downtimeRegistered : .downtimeCalculated)
            )
        }
    }
}
