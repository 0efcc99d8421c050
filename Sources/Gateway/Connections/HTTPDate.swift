import Shared
import Synchronization

/// The date of an answer as RFC 9110 §5.6.7 writes it, made once a second.
final class HTTPDates: Sendable {
    private let clock: @Sendable () -> Instant
    private let latest = Mutex<HTTPDate?>(nil)

    init(clock: @escaping @Sendable () -> Instant) {
        self.clock = clock
    }

    var now: HTTPDate {
        let second = clock().microseconds.flooredDivision(by: Instant.microsecondsPerSecond)
        return latest.withLock { latest in
            if let known = latest, known.second == second { return known }
            let date = HTTPDate(second: second)
            latest = date
            return date
        }
    }
}

/// One second, as text: `Fri, 27 Nov 2026 22:09:28 GMT`.
struct HTTPDate: Sendable {
    let second: Int64
    let bytes: [UInt8]

    private static let weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// - Parameter second: since 1970.
    init(second: Int64) {
        self.second = second
        let dayNumber = second.flooredDivision(by: 86_400)
        let date = LocalDate(dayNumber: Int(dayNumber))
        let (year, month, day) = date.components
        let time = Int(second - dayNumber * 86_400)
        func two(_ number: Int) -> String { (number < 10 ? "0" : "") + String(number) }
        let clock = "\(two(time / 3_600)):\(two(time / 60 % 60)):\(two(time % 60))"
        let weekday = Self.weekdays[date.weekday - 1]
        bytes = Array("\(weekday), \(two(day)) \(Self.months[month - 1]) \(year) \(clock) GMT".utf8)
    }
}
