import Foundation
import Shared

/// One board: the hours of a shift of one or more lines, as its template sees it.
struct ShiftBoard {
    struct Row {
        let time: String
        let isPlanned: Bool
        let isToCome: Bool
        let isCurrent: Bool
        /// How much of the hour is planned, where it is not all of it.
        let note: String?
        let target: String
        let actual: String
        let difference: String
        let differenceLook: String
        let cumulative: String
        let cumulativeDifference: String
        let cumulativeLook: String
        let loss: String?
        let lossLength: String?
        let values: Values
    }

    /// The numbers behind a row as a file has them; empty where there are none.
    struct Values {
        let target: String
        let actual: String
        let difference: String
        let lossSeconds: String

        init(target: Double?, actual: Double?, difference: Double?, lossSeconds: Double? = nil) {
            self.target = target?.shortText ?? ""
            self.actual = actual?.shortText ?? ""
            self.difference = difference?.shortText ?? ""
            self.lossSeconds = lossSeconds?.shortText ?? ""
        }
    }

    /// What the rows come to so far.
    struct Total {
        let actual: String
        let target: String
        let difference: String
        let differenceLook: String
        /// Whether no hour of it goes on or is to come.
        let isOver: Bool
        let values: Values
    }

    /// The hours of a board, those to come last.
    struct Hours {
        let rows: [Row]
        let total: Total
        /// Whether the rate itself is asked for, as no line has a target.
        let isNominal: Bool

        /// - Parameter namesLines: whether a loss has to name its line.
        init(
            _ hours: HourBoardsReply.Hours, clock: PlantClock, now: Date, namesLines: Bool,
            _ localisation: Localisation
        ) {
            let drawing = Drawing(clock: clock, now: now, names: namesLines, localisation: localisation)
            var rows: [Row] = []
            for hour in hours.hours { rows.append(drawing.row(hour, isToCome: false, after: rows.last)) }
            for hour in hours.toCome { rows.append(drawing.row(hour, isToCome: true, after: rows.last)) }
            self.rows = rows
            isNominal = (hours.hours + hours.toCome).contains { $0.targetKind == "nominal" && $0.plannedSeconds > 0 }
            let last = hours.hours.last
            let (difference, look) = drawing.difference(last?.cumulativeDifference)
            total = Total(
                actual: localisation.integer(last?.cumulativeActual ?? 0),
                target: drawing.amount(last.map { $0.cumulativeTarget } ?? 0), difference: difference,
                differenceLook: look, isOver: !rows.contains { $0.isCurrent || $0.isToCome },
                values: Values(
                    target: last.map { $0.cumulativeTarget } ?? 0, actual: last?.cumulativeActual ?? 0,
                    difference: last?.cumulativeDifference))
        }
    }

    let title: String
    let lines: String
    let when: String
    let zone: String
    let isNominal: Bool
    let rows: [Row]
    let isEmpty: Bool
    let actual: String
    let target: String
    let difference: String
    let differenceLook: String
    let isOver: Bool

    /// - Parameter plants: whether the boards are of several plants, so that each has to be told.
    init(_ board: HourBoardsReply.Board, now: Date, plants: Bool, _ localisation: Localisation) {
        let clock = PlantClock(board.timezone, localisation)
        let start = PlantClock.instant(board.working.start) ?? now
        let end = PlantClock.instant(board.working.end) ?? now
        title = board.working.shiftName ?? localisation.text(.boardDay)
        let codes = board.lines.map { line in
            board.lines.count == 1 && line.lineName != line.lineCode
                ? "\(line.lineCode) · \(line.lineName)" : line.lineCode
        }
        let named = codes.joined(separator: ", ")
        lines = plants ? "\(board.plantName ?? ""): \(named)" : named
        when =
            board.working.shiftID == nil
            ? clock.day(start) : "\(clock.day(start)), \(clock.time(start))–\(clock.time(end))"
        zone = localisation.text(.pageZone, ["zone": clock.zoneName(at: start)])
        let hours = Hours(
            board.hours, clock: clock, now: now, namesLines: board.lines.count > 1, localisation)
        isNominal = hours.isNominal
        rows = hours.rows
        isEmpty = rows.isEmpty
        actual = hours.total.actual
        target = hours.total.target
        difference = hours.total.difference
        differenceLook = hours.total.differenceLook
        isOver = hours.total.isOver
    }
}

/// What the rows of one board are drawn with.
private struct Drawing {
    let clock: PlantClock
    let now: Date
    /// Whether a loss has to name its line.
    let names: Bool
    let localisation: Localisation

    func row(_ hour: HourBoardsReply.Hour, isToCome: Bool, after previous: ShiftBoard.Row?) -> ShiftBoard.Row {
        let start = PlantClock.instant(hour.start) ?? now
        let end = PlantClock.instant(hour.end) ?? now
        let isPlanned = hour.plannedSeconds > 0
        let time = span(start, end)
        let (difference, look) = self.difference(isPlanned ? hour.difference : nil)
        let (cumulative, cumulativeLook) = self.difference(hour.cumulativeDifference)
        return ShiftBoard.Row(
            // Where clocks are put back an hour comes twice.
            time: time == previous?.time ? localisation.text(.boardAgain, ["time": time]) : time,
            isPlanned: isPlanned,
            isToCome: isToCome,
            isCurrent: start <= now && now < end,
            note: note(hour, start, end, isToCome),
            target: isPlanned ? amount(hour.target) : Localisation.noValue,
            actual: hour.actual.map(localisation.integer) ?? "",
            difference: isToCome ? "" : difference,
            differenceLook: look,
            cumulative: hour.cumulativeActual.map { actual in
                "\(localisation.integer(actual)) / \(amount(hour.cumulativeTarget))"
            } ?? "",
            cumulativeDifference: isToCome ? "" : cumulative,
            cumulativeLook: cumulativeLook,
            loss: hour.largestLoss.map(name),
            lossLength: hour.largestLoss.map { localisation.duration(seconds: $0.seconds) },
            values: ShiftBoard.Values(
                target: isPlanned ? hour.target : nil, actual: hour.actual,
                difference: isPlanned && !isToCome ? hour.difference : nil,
                lossSeconds: hour.largestLoss?.seconds)
        )
    }

    /// `06:00–07:00`, on the clock that the hour began with.
    private func span(_ start: Date, _ end: Date) -> String {
        let last = clock.time(end.addingTimeInterval(-60)).split(separator: ":").compactMap { Int($0) }
        guard last.count == 2 else { return clock.time(start) }
        let minutes = (last[0] * 60 + last[1] + 1) % 1_440
        func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(clock.time(start))–\(padded(minutes / 60)):\(padded(minutes % 60))"
    }

    private func note(_ hour: HourBoardsReply.Hour, _ start: Date, _ end: Date, _ isToCome: Bool) -> String? {
        guard hour.plannedSeconds > 0 else { return localisation.text(.boardUnplanned) }
        // Of the present hour only what has passed is planned so far.
        let length = (isToCome ? end : min(end, now)).timeIntervalSince(start)
        guard hour.plannedSeconds < length - 1, !names else { return nil }
        return localisation.text(
            .boardPartly, ["duration": localisation.duration(seconds: hour.plannedSeconds)])
    }

    private func name(_ loss: HourBoardsReply.Loss) -> String {
        let what =
            switch loss.kind {
            case .stop: loss.incidentName ?? loss.reason ?? localisation.text(.boardStopWithoutCause)
            case .speed: localisation.text(.boardSlow)
            case .quality: localisation.text(.boardRejects)
            }
        return names ? "\(loss.lineCode): \(what)" : what
    }

    func amount(_ amount: Double?) -> String {
        amount.map(localisation.integer) ?? Localisation.noValue
    }

    func difference(_ difference: Double?) -> (text: String, look: String) {
        guard let difference else { return (Localisation.noValue, "none") }
        let text = localisation.integer(difference)
        if text == "0" { return (text, "good") }
        return (localisation.signed(text, isNegative: difference < 0), difference < 0 ? "bad" : "good")
    }
}
