import Foundation
import Shared

/// Instants as a plant's wall clock shows them.
struct PlantClock {
    let localisation: Localisation
    let zone: TimeZone
    /// Whether the zone is one the caller named; otherwise instants are shown in UTC and say so.
    let isKnown: Bool
    /// Made once: making one takes longer than asking it.
    private let calendar: Calendar

    /// The clock of an IANA zone; nil or an unknown name becomes UTC.
    init(_ identifier: String?, _ localisation: Localisation) {
        let named = identifier.flatMap(TimeZone.init(identifier:))
        zone = named ?? .gmt
        isKnown = named != nil
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        self.calendar = calendar
        self.localisation = localisation
    }

    /// An instant of the API: `…Z`, with up to six decimals of a second; nil when it is not one.
    static func instant(_ text: String) -> Date? {
        guard text.hasSuffix("Z"), let instant = try? Instant(iso8601: text) else { return nil }
        return Date(timeIntervalSince1970: Double(instant.microseconds) / 1_000_000)
    }

    private func parts(_ date: Date) -> DateComponents {
        calendar.dateComponents([.year, .month, .day, .hour, .minute], from: date)
    }

    private func padded(_ number: Int?) -> String {
        let number = number ?? 0
        return number < 10 ? "0\(number)" : "\(number)"
    }

    /// `06:05`.
    func time(_ date: Date) -> String {
        let parts = parts(date)
        return "\(padded(parts.hour)):\(padded(parts.minute))"
    }

    /// `4 mar 2026` or `Mar 4, 2026`.
    func day(_ date: Date, withYear: Bool = true) -> String {
        let parts = parts(date)
        let names = localisation.text(.formatMonths).split(separator: ",")
        let index = (parts.month ?? 1) - 1
        let month = names.indices.contains(index) ? String(names[index]) : padded(parts.month)
        let day = parts.day ?? 1
        let year = parts.year ?? 1_970
        switch localisation.language {
        case .spanish: return withYear ? "\(day) \(month) \(year)" : "\(day) \(month)"
        case .english: return withYear ? "\(month) \(day), \(year)" : "\(month) \(day)"
        }
    }

    /// `mar 2026`.
    func month(_ date: Date) -> String {
        day(date).split(separator: " ").filter { $0.first?.isLetter ?? false }.joined()
            + " \(parts(date).year ?? 1_970)"
    }

    /// `06:05:09`.
    func exactTime(_ date: Date) -> String {
        "\(time(date)):\(padded(calendar.component(.second, from: date)))"
    }

    /// `2026-03-04`.
    func date(_ date: Date) -> String {
        let parts = parts(date)
        return "\(parts.year ?? 1_970)-\(padded(parts.month))-\(padded(parts.day))"
    }

    /// `4 mar 06:05`, without the day when it is that of `reference`.
    func moment(_ date: Date, besides reference: Date? = nil, withSeconds: Bool = false) -> String {
        let time = withSeconds ? exactTime(date) : time(date)
        if let reference, day(date) == day(reference) { return time }
        return "\(day(date, withYear: false)) \(time)"
    }

    /// `4 mar 06:05:09,250`: to the second, and to the millisecond where it is not whole.
    func second(_ date: Date) -> String {
        let parts = calendar.dateComponents([.second, .nanosecond], from: date)
        let milliseconds = Int((Double(parts.nanosecond ?? 0) / 1_000).rounded()) / 1_000
        let fraction =
            milliseconds == 0
            ? "" : localisation.decimal(Double(milliseconds) / 1_000, digits: 3).drop { $0 == "0" }
        return "\(moment(date)):\(padded(parts.second))\(fraction)"
    }

    /// `4 mar 2026 – 5 mar 2026`; whole days lose their times, and the exclusive end becomes the last day meant.
    func period(from: Date, to: Date) -> String {
        guard time(from) == "00:00", time(to) == "00:00", to > from else {
            return "\(day(from)) \(time(from)) – \(moment(to, besides: from))"
        }
        let last = to.addingTimeInterval(-1)
        return day(from) == day(last) ? day(from) : "\(day(from)) – \(day(last))"
    }

    /// `12–18 ago`, `28 jul – 3 ago`, `4 mar 06:00–14:00`; with the year where it is not that of `now`.
    func briefPeriod(from: Date, to: Date, now: Date = Date()) -> String {
        let withYear = parts(from).year != parts(now).year
        guard time(from) == "00:00", time(to) == "00:00", to > from else {
            let isOneDay = day(from) == day(to)
            let start = "\(day(from, withYear: withYear)) \(time(from))"
            return isOneDay
                ? "\(start)–\(time(to))" : "\(start) – \(day(to, withYear: withYear)) \(time(to))"
        }
        let last = to.addingTimeInterval(-1)
        if day(from) == day(last) { return day(from, withYear: withYear) }
        let (first, end) = (parts(from), parts(last))
        guard first.month == end.month, first.year == end.year else {
            return "\(day(from, withYear: withYear)) – \(day(last, withYear: withYear))"
        }
        switch localisation.language {
        case .spanish: return "\(first.day ?? 1)–\(day(last, withYear: withYear))"
        case .english:
            let year = withYear ? ", \(end.year ?? 1_970)" : ""
            return "\(day(from, withYear: false))–\(end.day ?? 1)\(year)"
        }
    }

    /// `Buenos Aires (UTC−3)`: the city of the zone and its distance from UTC at an instant.
    func zoneName(at date: Date) -> String {
        let city = zone.identifier.split(separator: "/").last.map { $0.replacing("_", with: " ") } ?? "UTC"
        let minutes = zone.secondsFromGMT(for: date) / 60
        guard isKnown, minutes != 0 || city != "GMT" else { return "UTC" }
        let size = abs(minutes)
        let rest = size % 60 == 0 ? "" : ":\(padded(size % 60))"
        let offset = minutes == 0 ? "UTC" : "UTC\(minutes < 0 ? "−" : "+")\(size / 60)\(rest)"
        return city == "UTC" ? offset : "\(city) (\(offset))"
    }
}
