import ManufacturingKPI
import Shared

/// Builds calendars of line 1 of plant 1 from short texts.
struct CalendarFixture {
    let zone: TimeZoneRules

    init(_ zone: String) throws {
        self.zone = try TimeZoneDatabase().rules(named: zone)
    }

    static let distantFuture = Instant.last

    func instant(_ local: String) throws -> Instant {
        zone.instant(of: try LocalDateTime(parsing: local))
    }

    /// An interval between two local times.
    func interval(_ from: String, _ to: String) throws -> Interval {
        Interval(start: try instant(from), end: try instant(to))
    }

    /// The whole of some local days.
    func days(_ first: String, _ last: String) throws -> Period {
        Period(try LocalDate(parsing: first)...LocalDate(parsing: last), in: zone)
    }

    /// A version from `06:00-14:00` and breaks as `10:00-10:15`.
    func version(
        _ times: String, days: [Int] = Array(1...7), breaks: [String] = [], validFrom: Instant? = nil,
        plant: PlantID? = nil, lines: Set<LineID>? = nil, isActive: Bool = true
    ) throws -> ShiftVersion {
        let (start, end) = try Self.times(times)
        return ShiftVersion(
            validFrom: validFrom, plant: plant, lines: lines, days: Weekdays(numbers: days) ?? [], start: start,
            end: end,
            breaks: try breaks.map { text in
                let (start, end) = try Self.times(text)
                return ShiftBreak(name: "break \(text)", start: start, end: end)
            }, isActive: isActive
        )
    }

    static func times(_ text: String) throws -> (LocalTime, LocalTime) {
        (try LocalTime(parsing: String(text.prefix(5))), try LocalTime(parsing: String(text.suffix(5))))
    }

    func shift(_ id: Int64 = 1, _ versions: ShiftVersion...) -> ShiftDefinition {
        ShiftDefinition(id: ShiftID(id), versions: versions)
    }

    func exception(
        _ kind: CalendarException.Kind, _ name: String, _ interval: Interval, plant: Int64 = 1, line: Int64? = nil
    ) -> CalendarException {
        CalendarException(
            plant: PlantID(plant), line: line.map { LineID($0) }, kind: kind, name: name, interval: interval)
    }

    func calendar(
        _ shifts: [ShiftDefinition], _ exceptions: [CalendarException] = [], commissionedAt: Instant? = nil,
        decommissionedAt: Instant? = nil
    ) -> LineCalendar {
        LineCalendar(
            line: LineID(1), plant: PlantID(1), zone: zone, shifts: shifts, exceptions: exceptions,
            commissionedAt: commissionedAt, decommissionedAt: decommissionedAt
        )
    }

    /// `03-04 06:00–14:00` for each interval, in local time.
    func text(_ set: IntervalSet) -> [String] {
        set.intervals.map { interval in
            let start = zone.local(of: interval.start).description.dropFirst(5).split(separator: "T").joined(
                separator: " ")
            return "\(start)–\(zone.local(of: interval.end).description.suffix(5))"
        }
    }
}

extension Int64 {
    /// So many minutes in microseconds.
    static func minutes(_ count: Int64) -> Int64 { count * 60_000_000 }
    /// So many hours in microseconds.
    static func hours(_ count: Int64) -> Int64 { count * 3_600_000_000 }
}
