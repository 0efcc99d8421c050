import Foundation
import Shared

/// What every line is doing at this moment.
struct LineStatusTile: TileContent {
    /// A sentence around a time that counts on.
    struct Counting {
        let before: String
        let after: String
        let instant: String
        let age: String
    }

    struct Line {
        let address: String
        let only: String
        let code: String
        let name: String?
        let plant: String?
        let state: String
        let icon: String
        let stateText: String
        let since: Counting?
        let lastUnit: Counting?
        let detail: String?
    }

    let lines: [Line]
    let isEmpty: Bool
    let summary: String?

    init(_ data: LineStatusData, address: (LineID) -> String, _ localisation: Localisation) {
        let now = PlantClock.instant(data.now) ?? Date()
        let plants = Set(data.lines.map(\.plantName))
        lines = data.lines.map { line in
            let clock = PlantClock(line.timezone, localisation)
            let (icon, text) = Self.look(line, localisation)
            return Line(
                address: address(LineID(line.lineID)),
                only: localisation.text(.lineOnly, ["line": line.lineCode]),
                code: line.lineCode,
                name: line.lineName == line.lineCode ? nil : line.lineName,
                plant: plants.count > 1 ? line.plantName : nil,
                state: line.status.rawValue,
                icon: icon,
                stateText: text,
                since: Self.counting(line.since, .lineFor, now, localisation),
                lastUnit: Self.counting(line.lastDetection, .lineLastUnit, now, localisation),
                detail: Self.detail(line, clock, now, localisation)
            )
        }
        isEmpty = data.lines.isEmpty
        let total = localisation.count(data.lines.count, one: .pageLinesOne, other: .pageLinesOther)
        let running = localisation.count(
            data.lines.count { $0.status == .running },
            one: .lineSummaryOne,
            other: .lineSummaryOther
        )
        summary = isEmpty ? nil : "\(total) · \(running)"
    }

    private static func counting(
        _ instant: String?,
        _ key: TextKey,
        _ now: Date,
        _ localisation: Localisation
    ) -> Counting? {
        guard let instant, let date = PlantClock.instant(instant) else { return nil }
        let (before, after) = localisation.halves(key, around: "age")
        let age = localisation.age(seconds: now.timeIntervalSince(date))
        return Counting(before: before, after: after, instant: instant, age: age)
    }

    private static func look(_ line: LineStatusData.Line, _ localisation: Localisation) -> (icon: String, text: String)
    {
        switch line.status {
        case .running: ("play", localisation.text(.lineRunning))
        case .waiting: ("hourglass", localisation.text(.lineWaiting))
        case .stopped: ("stop", localisation.text(line.registered ? .lineStoppedRegistered : .lineStopped))
        case .idle: ("pause", localisation.text(.lineIdle))
        case .noData: ("no-signal", localisation.text(.lineNoData))
        }
    }

    /// Which break or closure and until when; of a waiting line, when it will count as stopped.
    static func detail(
        _ line: LineStatusData.Line,
        _ clock: PlantClock,
        _ now: Date,
        _ localisation: Localisation
    ) -> String? {
        if line.status == .waiting {
            let threshold = localisation.duration(seconds: line.thresholdSeconds)
            return localisation.text(.lineThreshold, ["duration": threshold])
        }
        guard line.status == .idle, let idle = line.idle else { return nil }
        let what: String
        switch idle.kind {
        case .rest: what = named(idle.name, .lineBreak, .lineBreakNamed, localisation)
        case .closed: what = named(idle.name, .lineClosed, .lineClosedNamed, localisation)
        case .outsideShifts: what = localisation.text(.lineOutsideShifts)
        case .decommissioned: what = localisation.text(.lineDecommissioned)
        }
        guard let until = idle.until.flatMap(PlantClock.instant) else { return what }
        let moment = clock.moment(until, besides: now)
        return "\(what), \(localisation.text(.lineUntil, ["time": moment]))"
    }

    private static func named(
        _ name: String?,
        _ plain: TextKey,
        _ withName: TextKey,
        _ localisation: Localisation
    ) -> String {
        name.map { localisation.text(withName, ["name": $0]) } ?? localisation.text(plain)
    }
}
