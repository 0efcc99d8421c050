import Foundation
import Mustache
import Shared

/// Stops along time: a track for each line and day, or for each line and working of the shift that is chosen.
struct StopTimeline {
    /// More than that nobody reads at once.
    static let mostTracks = 42
    /// The narrowest a stop is drawn, in hundredths of its track.
    private static let narrowest = 0.35

    /// A stretch of a track; both in hundredths of it.
    struct Bar {
        let x: String
        let width: String

        fileprivate init?(_ start: Date, _ end: Date, of window: DateInterval, narrowest: Double = 0) {
            let first = max(start, window.start)
            let last = min(end, window.end)
            guard last > first else { return nil }
            let width = max(last.timeIntervalSince(first) / window.duration * 100, narrowest)
            x = StopTimeline.hundredths(min(first.timeIntervalSince(window.start) / window.duration * 100, 100 - width))
            self.width = StopTimeline.hundredths(width)
        }
    }

    struct Mark: MustacheParent {
        let key: String
        let look: String
        let bar: Bar
        let title: String

        /// As of `StopRow`.
        func child(named name: String) -> Any? {
            switch name {
            case "key": key
            case "look": look
            case "x": bar.x
            case "width": bar.width
            case "title": title
            default: nil
            }
        }
    }

    struct Begin {
        let x: String
        let name: String
    }

    struct Tick {
        let x: String
        let label: String
        let isFirst: Bool
        let isLast: Bool
    }

    struct Track {
        let line: String?
        let day: String?
        let planned: [Bar]
        let begins: [Begin]
        let marks: [Mark]
        /// Where the present lies; nil where the track does not reach it.
        let now: String?
        let summary: String
    }

    let tracks: [Track]
    let ticks: [Tick]
    let isEmpty: Bool
    /// That older stops are not drawn.
    let older: String?

    init(_ reply: StopsTimelineReply, board: StopsBoard, now: Date, _ localisation: Localisation) {
        let stops = Dictionary(grouping: reply.stops.items, by: \.lineId)
        let hasManyLines = reply.plan.lines.count > 1
        var tracks: [Track] = []
        var first: (window: DateInterval, clock: PlantClock)?
        for line in reply.plan.lines {
            let clock = PlantClock(line.period.timezone, localisation)
            // As the list has it, the latest first.
            let windows = Self.windows(of: line, isOfShift: board.view.scope.shift != nil, clock).reversed()
            for window in windows {
                if first == nil { first = (window, clock) }
                tracks.append(
                    Self.track(
                        line, window, stops[line.lineId] ?? [], board, clock: clock, now: now,
                        isNamed: hasManyLines, isDated: windows.count > 1 || !hasManyLines, localisation))
            }
        }
        self.tracks = tracks
        isEmpty = tracks.isEmpty
        ticks = first.map { Self.ticks(of: $0.window, $0.clock) } ?? []
        older =
            reply.stops.nextCursor == nil
            ? nil
            : localisation.text(.stopsMore, ["n": localisation.integer(Double(reply.stops.items.count))])
    }

    /// The workings of the shift that is chosen, or the days of the period on the plant's clock.
    private static func windows(of line: StopsPlanReply.Line, isOfShift: Bool, _ clock: PlantClock) -> [DateInterval] {
        if isOfShift {
            return line.shiftInstances.filter { $0.selected ?? false }.compactMap { instance in
                guard let start = PlantClock.instant(instance.start), let end = PlantClock.instant(instance.end),
                    end > start
                else { return nil }
                return DateInterval(start: start, end: end)
            }
        }
        guard var start = line.period.from.flatMap(PlantClock.instant),
            let end = line.period.to.flatMap(PlantClock.instant)
        else { return [] }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = clock.zone
        var days: [DateInterval] = []
        while start < end, days.count < mostTracks, let day = calendar.dateInterval(of: .day, for: start) {
            days.append(day)
            start = day.end
        }
        return days
    }

    private static func track(
        _ line: StopsPlanReply.Line,
        _ window: DateInterval,
        _ stops: [StopsReply.Item],
        _ board: StopsBoard,
        clock: PlantClock,
        now: Date,
        isNamed: Bool,
        isDated: Bool,
        _ localisation: Localisation
    ) -> Track {
        let planned = line.planned.compactMap { stretch in
            PlantClock.instant(stretch.start).flatMap { start in
                PlantClock.instant(stretch.end).flatMap { Bar(start, $0, of: window) }
            }
        }
        let begins = line.shiftInstances.compactMap { instance -> Begin? in
            guard let start = PlantClock.instant(instance.start), start > window.start, start < window.end else {
                return nil
            }
            return Begin(x: place(of: start, in: window), name: instance.shiftName ?? "")
        }
        var marks: [Mark] = []
        for stop in stops {
            guard let start = PlantClock.instant(stop.start) else { continue }
            let end = stop.end.flatMap(PlantClock.instant) ?? max(now, start)
            guard let bar = Bar(start, end, of: window, narrowest: narrowest) else { continue }
            let row = StopRow(stop, board.causes, clock: clock, now: now, localisation)
            let cause = row.cause ?? localisation.text(.stopsUnexplained)
            marks.append(
                Mark(key: row.key, look: look(of: stop), bar: bar, title: "\(row.when) · \(row.duration) · \(cause)"))
        }
        let count = localisation.count(marks.count, one: .downtimeCountOne, other: .downtimeCountOther)
        return Track(
            line: isNamed ? line.lineCode : nil,
            day: isDated ? clock.day(window.start, withYear: false) : nil,
            planned: planned,
            begins: begins,
            marks: marks,
            now: window.start < now && now < window.end ? place(of: now, in: window) : nil,
            summary: "\(line.lineCode), \(clock.day(window.start)): \(count)"
        )
    }

    private static func look(of stop: StopsReply.Item) -> String {
        if stop.isOngoing { return stop.isJustified ? "ongoing-justified" : "ongoing" }
        if stop.isJustified { return "justified" }
        return stop.isMicro ? "micro" : "open"
    }

    /// Whole hours, as many as fit side by side on a phone.
    private static func ticks(of window: DateInterval, _ clock: PlantClock) -> [Tick] {
        let hours = window.duration / 3_600
        let step = hours <= 9 ? 1 : hours <= 14 ? 2 : 3
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = clock.zone
        var ticks: [Tick] = []
        var instant = window.start
        if calendar.component(.minute, from: instant) != 0,
            let next = calendar.dateInterval(of: .hour, for: instant)?.end
        {
            instant = next
        }
        while instant <= window.end {
            let hour = calendar.component(.hour, from: instant)
            if hour.isMultiple(of: step) {
                ticks.append(
                    Tick(
                        x: place(of: instant, in: window), label: hour < 10 ? "0\(hour)" : "\(hour)",
                        isFirst: instant == window.start, isLast: instant == window.end))
            }
            instant += 3_600
        }
        return ticks
    }

    private static func place(of date: Date, in window: DateInterval) -> String {
        hundredths(date.timeIntervalSince(window.start) / window.duration * 100)
    }

    fileprivate static func hundredths(_ value: Double) -> String {
        "\((value * 1_000).rounded() / 1_000)%"
    }
}
