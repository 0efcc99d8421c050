import Foundation
import Shared

/// Instants as a plant's wall clock shows them.
struct PlantClock {
    let localisation: Localisation
    let zone: TimeZone
    /// Whether the zone is one the caller named; otherwise instants are shown in UTC and say so.
    let isKnown: Bool

    /// The clock of an IANA zone; nil or an unknown name becomes UTC.
    init(_ identifier: String?, _ localisation: Localisation) {
        let named = identifier.flatMap(TimeZone.init(identifier:))
        zone = named ?? .gmt
        isKnown = named != nil
        self.localisation = localisation
    }

    /// An instant of the API: `…Z`, with up to six decimals of a second; nil when it is not one.
    static func instant(_ text: String) -> Date? {
        guard text.hasSuffix("Z"), text.utf8.count >= 20 else { return nil }
        var whole = text.dropLast()
        var fraction = 0.0
        if let point = whole.firstIndex(of: ".") {
            guard let value = Double("0\(whole[point...])") else { return nil }
            fraction = value
            whole = whole[..<point]
        }
        guard let date = try? Date("\(whole)Z", strategy: .iso8601) else { return nil }
        return date.addingTimeInterval(fraction)
    }

    private func parts(_ date: Date) -> DateComponents {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        return calendar.dateComponents([.year, .month, .day, .hour, .minute], from: date)
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

    /// `4 mar 06:05`, without the day when it is that of `reference`.
    func moment(_ date: Date, besides reference: Date? = nil) -> String {
        if let reference, day(date) == day(reference) { return time(date) }
        return "\(day(date, withYear: false)) \(time(date))"
    }

    /// `4 mar 2026 – 5 mar 2026`; whole days lose their times, and the exclusive end becomes the last day meant.
    func period(from: Date, to: Date) -> String {
        guard time(from) == "00:00", time(to) == "00:00", to > from else {
            return "\(day(from)) \(time(from)) – \(moment(to, besides: from))"
        }
        let last = to.addingTimeInterval(-1)
        return day(from) == day(last) ? day(from) : "\(day(from)) – \(day(last))"
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
