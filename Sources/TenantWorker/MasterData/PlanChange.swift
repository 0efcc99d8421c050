import ManufacturingKPI
import Shared

/// What a change of a shift or of the calendar makes of the planned time of lines: of the past, and of one week of which
/// every day is shown.
struct PlanChange {
    /// Lines whose weeks are the same, before and after.
    struct Group {
        var lines: [String]
        let zone: String
        let days: [Day]
    }

    struct Day: Equatable {
        let date: LocalDate
        /// The whole day: 23, 24 or 25 hours.
        let interval: Interval
        let before: IntervalSet
        let after: IntervalSet
    }

    /// More are only counted.
    private static let shownGroups = 3

    /// Days before today whose planned time would be another, of any line.
    let pastDays: Int
    private(set) var groups: [Group] = []
    /// Lines that are in no group shown.
    private(set) var furtherLines = 0

    /// - Parameters:
    ///   - id: of the object that is changed.
    ///   - before: the plants as they are.
    ///   - after: as they would be.
    ///   - history: the lines that have one, with their first detection.
    init(
        of resource: MasterDataResource,
        _ id: Int64,
        before: PlantModel,
        after: PlantModel,
        history: [(line: LineID, firstDetection: Instant?)],
        now: Instant
    ) {
        let firstDetections = Dictionary(history.map { ($0.line, $0.firstDetection) }) { first, _ in first }
        var pastDates: Set<LocalDate> = []
        var changed: [Group] = []
        var same: [Group] = []
        for line in after.lines {
            guard let plant = after.plant(of: line) else { continue }
            let commissionedAt = line.commissionedAt(
                firstDetection: firstDetections[line.id] ?? nil, in: plant.zone)
            let old = before.calendar(of: line, plant, commissionedAt: commissionedAt)
            let new = after.calendar(of: line, plant, commissionedAt: commissionedAt)
            if firstDetections[line.id] != nil {
                let today = plant.zone.start(of: plant.zone.date(of: now))
                if commissionedAt < today {
                    Self.note(
                        Self.difference(old, new, in: Interval(start: commissionedAt, end: today)), plant.zone,
                        in: &pastDates)
                }
            }
            guard line.isActive,
                Self.concerns(resource, id, line, before) || Self.concerns(resource, id, line, after)
            else { continue }
            let days = Self.week(of: resource, id, before, after, plant.zone, now).map { date in
                let interval = Interval(start: plant.zone.start(of: date), end: plant.zone.start(of: date + 1))
                return Day(
                    date: date,
                    interval: interval,
                    before: old.plannedTime(in: interval, now: .distantFuture),
                    after: new.plannedTime(in: interval, now: .distantFuture)
                )
            }
            if days.contains(where: { $0.before != $0.after }) {
                Self.add(line.code, plant.zone.name, days, to: &changed)
            } else {
                Self.add(line.code, plant.zone.name, days, to: &same)
            }
        }
        pastDays = pastDates.count
        let all = changed + same
        groups = Array(all.prefix(Self.shownGroups))
        furtherLines = all.dropFirst(Self.shownGroups).reduce(0) { $0 + $1.lines.count }
    }

    private static func add(_ line: String, _ zone: String, _ days: [Day], to groups: inout [Group]) {
        if let place = groups.firstIndex(where: { $0.zone == zone && $0.days == days }) {
            groups[place].lines.append(line)
        } else {
            groups.append(Group(lines: [line], zone: zone, days: days))
        }
    }

    /// Whether an object says anything of when a line works.
    private static func concerns(
        _ resource: MasterDataResource, _ id: Int64, _ line: ProductionLine, _ model: PlantModel
    ) -> Bool {
        switch resource {
        case .shifts:
            model.shifts.first { $0.id.rawValue == id }?.definition.applies(to: line.id, of: line.plant) ?? false
        case .calendarExceptions:
            model.exceptions.contains { exception in
                exception.id == id && exception.calendar.plant == line.plant
                    && (exception.calendar.line.map { $0 == line.id } ?? true)
            }
        case .plants, .productionLines, .areas, .products, .idealRates, .failures, .incidents, .lineGroups, .layouts:
            false
        }
    }

    /// The week shown: of an exception the one it begins in, of a shift the first whole one that its newest version holds
    /// for.
    private static func week(
        of resource: MasterDataResource,
        _ id: Int64,
        _ before: PlantModel,
        _ after: PlantModel,
        _ zone: TimeZoneRules,
        _ now: Instant
    ) -> [LocalDate] {
        let first: LocalDate
        if resource == .calendarExceptions {
            let exception = (after.exceptions + before.exceptions).first { $0.id == id }
            first = zone.date(of: exception?.calendar.interval.start ?? now).weekStart
        } else {
            let newest = after.shifts.first { $0.id.rawValue == id }?.definition.versions.last?.validFrom ?? nil
            first = zone.date(of: newest.map { max($0, now) } ?? now).weekStart + 7
        }
        return (0..<7).map { first + $0 }
    }

    private static func difference(_ old: LineCalendar, _ new: LineCalendar, in interval: Interval) -> IntervalSet {
        let before = old.plannedTime(in: interval, now: interval.end)
        let after = new.plannedTime(in: interval, now: interval.end)
        return before.subtracting(after).union(after.subtracting(before))
    }

    /// Notes the dates that a set has any time of.
    private static func note(_ times: IntervalSet, _ zone: TimeZoneRules, in dates: inout Set<LocalDate>) {
        for interval in times.intervals {
            var date = zone.date(of: interval.start)
            let last = zone.date(of: interval.end + -1)
            while date <= last {
                dates.insert(date)
                date = date + 1
            }
        }
    }

    /// Writes it into the object that is open.
    func write(to json: inout JSONWriter) {
        json.field("past_days", pastDays)
        json.field("further_lines", furtherLines)
        json.key("groups")
        json.array { json in
            for group in groups {
                json.object { json in
                    json.key("lines")
                    json.array { json in
                        for line in group.lines { json.value(line) }
                    }
                    json.field("timezone", group.zone)
                    json.key("days")
                    json.array { json in
                        for day in group.days { Self.write(day, to: &json) }
                    }
                }
            }
        }
    }

    /// Minutes are counted from the day's beginning.
    private static func write(_ day: Day, to json: inout JSONWriter) {
        func write(_ times: IntervalSet, to json: inout JSONWriter) {
            json.array { json in
                for interval in times.intervals {
                    json.array { json in
                        json.value(interval.start.minute - day.interval.start.minute)
                        json.value(interval.end.minute - day.interval.start.minute)
                    }
                }
            }
        }
        json.object { json in
            json.field("date", day.date.description)
            json.field("minutes", day.interval.length / Instant.microsecondsPerMinute)
            json.key("before")
            write(day.before, to: &json)
            json.key("after")
            write(day.after, to: &json)
        }
    }
}
