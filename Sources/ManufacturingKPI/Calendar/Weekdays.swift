package import Shared

/// A set of ISO weekdays, Monday 1 to Sunday 7.
package struct Weekdays: OptionSet, Hashable, Sendable {
    /// Bit 0 is Monday.
    package let rawValue: UInt8

    package init(rawValue: UInt8) {
        self.rawValue = rawValue & 0b111_1111
    }

    /// Nil when a number is not in 1–7.
    package init?(numbers: some Sequence<Int>) {
        var bits: UInt8 = 0
        for number in numbers {
            guard (1...7).contains(number) else { return nil }
            bits |= 1 << UInt8(number - 1)
        }
        self.init(rawValue: bits)
    }

    package static let all = Weekdays(rawValue: 0b111_1111)
    package static let mondayToFriday = Weekdays(rawValue: 0b001_1111)

    /// True when the date's weekday is one of them.
    package func contains(_ date: LocalDate) -> Bool {
        rawValue & (1 << UInt8(date.weekday - 1)) != 0
    }

    /// The numbers, ascending.
    package var numbers: [Int] {
        (1...7).filter { rawValue & (1 << UInt8($0 - 1)) != 0 }
    }
}
