import Shared

/// A day or shift hour by hour: what was to be made, what was made, and what cost the most.
struct HoursTile: TileContent {
    let summary: String?
    let empty: EmptyTile?
    let isNominal: Bool
    let rows: [ShiftBoard.Row]
    let total: ShiftBoard.Total

    init(_ data: HourByHourData, _ context: TileContext) {
        let localisation = context.localisation
        let hours = HourBoardsReply.Hours(hours: data.hours, toCome: data.toCome)
        let drawn = ShiftBoard.Hours(
            hours, clock: context.clock, now: context.now, namesLines: data.areSeveralLines, localisation)
        rows = drawn.rows
        total = drawn.total
        isNominal = drawn.isNominal
        let day = (data.date.map { "\($0)T12:00:00Z" }).flatMap(PlantClock.instant)
        let name = day.map { PlantClock("Etc/UTC", localisation).day($0) }
        summary = context.clock.isKnown ? name : name.map { "\($0) · \(context.zone)" }
        empty = rows.isEmpty ? EmptyTile(icon: "clock", text: localisation.text(.hoursEmpty)) : nil
    }
}

struct HourByHourData: Decodable {
    let date: String?
    let hours: [HourBoardsReply.Hour]
    let toCome: [HourBoardsReply.Hour]

    /// Whether losses are of more lines than one, so that each has to be told.
    var areSeveralLines: Bool { Set(hours.compactMap(\.largestLoss?.lineCode)).count > 1 }

    enum CodingKeys: String, CodingKey {
        case date
        case hours
        case toCome = "to_come"
    }
}
