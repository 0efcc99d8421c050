import Foundation
import Shared

/// One line on the wall: its state, at most three figures, and where a phone finds its stop.
struct AndonTile: Sendable {
    /// A figure with its label; one that counts has the instant it counts from.
    struct Figure: Sendable {
        var label: String
        var before = ""
        var text: String
        var after = ""
        var since: String?
    }

    /// The stop that runs, as a code that a phone reads.
    struct StopCode: Sendable {
        let size: Int
        let path: String
    }

    let line: Int64
    let code: String
    let name: String
    /// What the figures are of.
    let shift: String
    /// As the state is drawn; of a stop, what is known of it.
    let look: String
    let icon: String
    let stateText: String
    /// Why, until when; empty where there is nothing to say.
    let note: String
    let main: Figure
    let second: Figure
    let third: Figure
    /// Since when it is stopped; nil while it is not.
    let stoppedSince: String?
    let stop: StopCode?

    /// - Parameters:
    ///   - plants: whether the lines stand in more than one, so that each has to be told.
    ///   - stopAddress: where a phone finds the stop of a line that began at an instant.
    init(
        _ line: LineShiftsReply.Line, now: Date, plants: Bool, stopAddress: (Int64, Date) -> String,
        _ localisation: Localisation
    ) {
        let state = line.state
        let clock = PlantClock(line.timezone, localisation)
        self.line = line.lineID
        code = line.lineCode
        let own = line.lineName == line.lineCode ? "" : line.lineName
        name = plants ? [own, line.plantName].filter { !$0.isEmpty }.joined(separator: " · ") : own
        shift = WorkingTexts.name(line.working, now: now, clock, localisation)
        let look = Look(state, line.cause)
        (self.look, icon) = (look.rawValue, look.icon)
        stateText = localisation.text(look.textKey)
        note = Self.note(state, look, line.cause, clock, now, localisation)
        let oee = Figure(
            label: localisation.text(.kpiOEE),
            text: line.oee.map(localisation.percent) ?? Localisation.noValue)
        let since = state.since.flatMap(PlantClock.instant)
        if state.status.isCounting, let since {
            let key: TextKey = state.status == .stopped ? .andonSince : .andonSilentSince
            main = Figure(
                label: localisation.text(key, ["time": clock.moment(since, besides: now)]),
                text: localisation.age(seconds: now.timeIntervalSince(since)), since: state.since)
            (second, third) = (Self.units(line, isMain: false, localisation), oee)
        } else {
            (main, second) = (Self.units(line, isMain: true, localisation), oee)
            third = Self.lastUnit(state, now, localisation)
        }
        stoppedSince = state.status == .stopped ? state.since : nil
        stop =
            if stoppedSince != nil, let since, let code = QRCode(stopAddress(line.lineID, since)) {
                StopCode(size: code.size, path: code.path)
            } else {
                nil
            }
    }

    /// - Parameter isMain: whether there is room for every word.
    private static func units(
        _ line: LineShiftsReply.Line, isMain: Bool, _ localisation: Localisation
    ) -> Figure {
        var figure = Figure(label: localisation.text(.andonUnits), text: localisation.integer(line.units))
        // Where nothing is planned yet, nothing is asked for.
        guard let target = line.target, line.plannedSeconds > 0 else { return figure }
        let isNominal = line.targetKind == "nominal"
        let key: TextKey =
            isMain
            ? (isNominal ? .andonUnitsNominal : .andonUnitsTarget) : (isNominal ? .andonNominal : .andonTarget)
        figure.label = localisation.text(key, ["target": localisation.integer(target)])
        return figure
    }

    private static func lastUnit(
        _ state: LineStatusData.Line, _ now: Date, _ localisation: Localisation
    ) -> Figure {
        guard let last = state.lastDetection, let instant = PlantClock.instant(last) else {
            return Figure(label: localisation.text(.andonLastUnit), text: Localisation.noValue)
        }
        let (before, after) = localisation.halves(.andonAgo, around: "age")
        return Figure(
            label: localisation.text(.andonLastUnit), before: before,
            text: localisation.age(seconds: now.timeIntervalSince(instant)), after: after, since: last)
    }

    private static func note(
        _ state: LineStatusData.Line, _ look: Look, _ cause: LineShiftsReply.Cause?, _ clock: PlantClock, _ now: Date,
        _ localisation: Localisation
    ) -> String {
        guard state.status == .stopped else {
            return LineStatusTile.detail(state, clock, now, localisation) ?? ""
        }
        let named = [cause?.failureName, cause?.incidentName].compactMap { $0 }.joined(separator: " · ")
        let why = named.isEmpty ? cause?.reason : named
        switch look {
        case .registered:
            return [localisation.text(.downtimeRegistered), why].compactMap { $0 }.joined(separator: ": ")
        case .running, .waiting, .stopped, .justified, .idle, .noData:
            return why ?? localisation.text(.andonNoCause)
        }
    }

    /// How a state is drawn.
    private enum Look: String {
        case running
        case waiting
        case stopped
        case justified
        case registered
        case idle
        case noData = "no_data"

        init(_ state: LineStatusData.Line, _ cause: LineShiftsReply.Cause?) {
            switch state.status {
            case .running: self = .running
            case .waiting: self = .waiting
            case .stopped:
                self = state.registered ? .registered : cause == nil ? .stopped : .justified
            case .idle: self = .idle
            case .noData: self = .noData
            }
        }

        var icon: String {
            switch self {
            case .running: "play"
            case .waiting: "hourglass"
            case .stopped: "stop"
            case .justified: "check"
            case .registered: "pen"
            case .idle: "pause"
            case .noData: "no-signal"
            }
        }

        var textKey: TextKey {
            switch self {
            case .running: .andonRunning
            case .waiting: .andonWaiting
            case .stopped, .justified, .registered: .andonStopped
            case .idle: .andonIdle
            case .noData: .andonNoData
            }
        }
    }
}

extension LineStatusData.Status {
    /// Whether it is told by how long it has lasted.
    fileprivate var isCounting: Bool {
        switch self {
        case .waiting, .stopped, .noData: true
        case .running, .idle: false
        }
    }
}

/// What a shift is called on walls and boards.
enum WorkingTexts {
    /// `Mañana`, `Noche, 3 mar`, `Hoy`; with the day where it is not that of now.
    static func name(
        _ working: LineShiftsReply.Working, now: Date, _ clock: PlantClock, _ localisation: Localisation
    ) -> String {
        guard let start = PlantClock.instant(working.start) else { return working.shiftName ?? "" }
        let isToday = clock.day(start) == clock.day(now)
        guard let name = working.shiftName else {
            return isToday ? localisation.text(.periodToday) : clock.day(start, withYear: false)
        }
        return isToday ? name : "\(name), \(clock.day(start, withYear: false))"
    }
}

extension JSONWriter {
    /// One tile of the wall, as the page's script takes it.
    mutating func value(_ tile: AndonTile) {
        object { json in
            json.field("line", tile.line)
            json.field("code", tile.code)
            json.field("name", tile.name)
            json.field("shift", tile.shift)
            json.field("look", tile.look)
            json.field("icon", tile.icon)
            json.field("state", tile.stateText)
            json.field("note", tile.note)
            json.key("figures")
            json.array { json in
                for figure in [tile.main, tile.second, tile.third] {
                    json.object { json in
                        json.field("label", figure.label)
                        json.field("before", figure.before)
                        // What counts is counted by the page; here it would change with every answer.
                        json.field("text", figure.since == nil ? figure.text : "")
                        json.field("after", figure.after)
                        json.field("since", figure.since)
                    }
                }
            }
            json.field("stopped_since", tile.stoppedSince)
            json.key("code_of_stop")
            guard let stop = tile.stop else { return json.null() }
            json.object { json in
                json.field("size", stop.size)
                json.field("path", stop.path)
            }
        }
    }
}
