import Shared

/// The planned time of a week, before and after a change, as its template draws it.
struct AdministrationPlanModel {
    struct Group {
        let lines: String
        let zone: String
        let week: String
        let total: String
        let change: Change?
        let days: [Day]
    }

    struct Change {
        let text: String
        let isMore: Bool
    }

    struct Day {
        let name: String
        /// The name's first letters.
        let short: String
        let date: String
        let total: String
        /// Not `change`, which the group has too.
        let delta: Change?
        /// Said in words what is drawn.
        let text: String
        /// Bars on a scale of one unit a minute: what stays, what comes, what goes.
        let kept: [Bar]
        let added: [Bar]
        let removed: [Bar]
        let minutes: Int64
    }

    struct Bar {
        let x: Int64
        let width: Int64
    }

    let groups: [Group]
    let further: String?
    let pastDays: String
    let hasGroups: Bool

    /// - Parameter preview: the worker's answer.
    init(_ preview: JSONValue, _ localisation: Localisation) {
        pastDays = Self.pastDays(preview, localisation)
        groups = preview["groups"].elements.map { Self.group($0, localisation) }
        hasGroups = !groups.isEmpty
        let lines = Int(preview["further_lines"].whole ?? 0)
        further = lines > 0 ? localisation.count(lines, one: .planFurtherOne, other: .planFurtherOther) : nil
    }

    /// How many past days a change moves, in words.
    static func pastDays(_ preview: JSONValue, _ localisation: Localisation) -> String {
        let days = Int(preview["past_days"].whole ?? 0)
        return days == 0
            ? localisation.text(.pastDaysNone) : localisation.count(days, one: .pastDaysOne, other: .pastDaysOther)
    }

    private static func group(_ group: JSONValue, _ localisation: Localisation) -> Group {
        let clock = PlantClock(nil, localisation)
        func name(_ date: String?) -> String {
            guard let date = date.flatMap({ PlantClock.instant("\($0)T00:00:00Z") }) else { return "" }
            return clock.day(date, withYear: false)
        }
        var before: Int64 = 0
        var after: Int64 = 0
        let days = group["days"].elements.enumerated().map { index, day in
            let old = bars(day["before"])
            let new = bars(day["after"])
            before += minutes(old)
            after += minutes(new)
            return Day(
                name: localisation["admin.day.\(index + 1)"],
                short: String(localisation["admin.day.\(index + 1)"].prefix(3)),
                date: name(day["date"].text),
                total: hours(minutes(new), localisation),
                delta: change(from: minutes(old), to: minutes(new), localisation),
                text: localisation.text(
                    .planDay,
                    [
                        "day": localisation["admin.day.\(index + 1)"],
                        "times": new.isEmpty
                            ? Localisation.noValue
                            : new.map { "\(time($0.x))–\(time($0.x + $0.width))" }.joined(separator: ", "),
                    ]),
                kept: intersection(old, new),
                added: subtraction(new, old),
                removed: subtraction(old, new),
                minutes: max(1, day["minutes"].whole ?? 1_440)
            )
        }
        return Group(
            lines: group["lines"].elements.compactMap(\.text).joined(separator: ", "),
            zone: group["timezone"].text ?? "",
            week: localisation.text(.planWeek, ["date": name(group["days"].elements.first?["date"].text)]),
            total: hours(after, localisation),
            change: change(from: before, to: after, localisation),
            days: days
        )
    }

    private static func bars(_ pairs: JSONValue) -> [Bar] {
        pairs.elements.compactMap { pair in
            guard let start = pair.elements.first?.whole, let end = pair.elements.last?.whole, end > start else {
                return nil
            }
            return Bar(x: start, width: end - start)
        }
    }

    private static func intersection(_ left: [Bar], _ right: [Bar]) -> [Bar] {
        left.flatMap { one in
            right.compactMap { other in
                let start = max(one.x, other.x)
                let end = min(one.x + one.width, other.x + other.width)
                return end > start ? Bar(x: start, width: end - start) : nil
            }
        }
    }

    private static func subtraction(_ left: [Bar], _ right: [Bar]) -> [Bar] {
        right.reduce(left) { rest, taken in
            rest.flatMap { bar -> [Bar] in
                let end = bar.x + bar.width
                let start = max(bar.x, taken.x)
                let stop = min(end, taken.x + taken.width)
                guard stop > start else { return [bar] }
                return [Bar(x: bar.x, width: start - bar.x), Bar(x: stop, width: end - stop)].filter { $0.width > 0 }
            }
        }
    }

    private static func minutes(_ bars: [Bar]) -> Int64 { bars.reduce(0) { $0 + $1.width } }

    private static func hours(_ minutes: Int64, _ localisation: Localisation) -> String {
        // In hours however many there are: a week is planned in hours.
        let (hours, rest) = minutes.quotientAndRemainder(dividingBy: 60)
        return rest == 0
            ? localisation.text(.formatHours, ["h": "\(hours)"])
            : localisation.text(.formatHoursMinutes, ["h": "\(hours)", "m": rest < 10 ? "0\(rest)" : "\(rest)"])
    }

    private static func change(from old: Int64, to new: Int64, _ localisation: Localisation) -> Change? {
        guard old != new else { return nil }
        return Change(
            text: (new > old ? "+" : "−") + hours(abs(new - old), localisation), isMore: new > old)
    }

    private static func time(_ minute: Int64) -> String {
        let (hour, rest) = minute.quotientAndRemainder(dividingBy: 60)
        return "\(hour < 10 ? "0" : "")\(hour):\(rest < 10 ? "0" : "")\(rest)"
    }
}
