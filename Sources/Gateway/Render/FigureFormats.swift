import Foundation
import Shared

/// Numbers and durations as a person reads them: rounded once, half away from zero.
extension Localisation {
    /// What stands for a figure that does not exist; its reason stands beside it.
    package static let noValue = "—"

    private var separators: (group: String, decimal: String) {
        switch language {
        case .spanish: (".", ",")
        case .english: (",", ".")
        }
    }

    /// `1.234` or `1,234`.
    package func integer(_ value: Double) -> String { decimal(value, digits: 0) }

    /// `1.234,5` or `1,234.5`, with exactly `digits` decimals (0…6).
    package func decimal(_ value: Double, digits: Int = 1) -> String {
        guard value.isFinite, var exact = Decimal(string: "\(value)") else { return Self.noValue }
        // The shortest decimal form is what the sender wrote; rounding the binary value would turn 12.345 down.
        var rounded = Decimal()
        let isNegative = exact < 0
        if isNegative { exact.negate() }
        NSDecimalRound(&rounded, &exact, digits, .plain)
        let parts = "\(rounded)".split(separator: ".")
        let whole = parts.first.map(String.init) ?? "0"
        var grouped = ""
        for (offset, digit) in whole.enumerated() {
            if offset > 0, (whole.count - offset).isMultiple(of: 3) { grouped += separators.group }
            grouped.append(digit)
        }
        if digits > 0 {
            let fraction = parts.count > 1 ? String(parts[1]) : ""
            grouped += separators.decimal + fraction + String(repeating: "0", count: digits - fraction.count)
        }
        return isNegative && rounded != 0 ? "−\(grouped)" : grouped
    }

    /// A ratio 0…1 as a percentage: `78,0 %` or `78.0%`.
    package func percent(_ ratio: Double) -> String {
        ratio.isFinite ? "\(percentNumber(ratio))\(percentSign)" : Self.noValue
    }

    /// The number of `percent` alone, for large print.
    func percentNumber(_ ratio: Double) -> String {
        guard let exact = Decimal(string: "\(ratio)") else { return Self.noValue }
        return decimal(NSDecimalNumber(decimal: exact * 100).doubleValue)
    }

    /// `1.234,5 kg`.
    func kilograms(_ value: Double, digits: Int = 1) -> String {
        text(.productionKilograms, ["value": decimal(value, digits: digits)])
    }

    /// A ratio as a length that is drawn, in hundredths of the whole: `78.0` in every language.
    static func hundredths(_ ratio: Double) -> String {
        let tenths = Int((max(0, min(1, ratio)) * 1_000).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }

    /// The sign with its space where the language wants one.
    var percentSign: String {
        switch language {
        case .spanish: "\u{A0}%"
        case .english: "%"
        }
    }

    /// With a leading plus or minus, for differences.
    func signed(_ text: String, isNegative: Bool) -> String {
        text.hasPrefix("−") || isNegative ? "−\(text.drop { $0 == "−" })" : "+\(text)"
    }

    /// A length of time in its two largest units: `42 s`, `5 min 30 s`, `2 h 05 min`; from 48 hours `3 d 4 h`.
    package func duration(seconds: Double) -> String {
        guard seconds.isFinite else { return Self.noValue }
        let whole = Int(max(0, min(seconds, 1e12)).rounded(.toNearestOrAwayFromZero))
        func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        switch whole {
        case ..<60:
            return text(.formatSeconds, ["s": "\(whole)"])
        case ..<3_600:
            let (minutes, rest) = whole.quotientAndRemainder(dividingBy: 60)
            return rest == 0
                ? text(.formatMinutes, ["m": "\(minutes)"])
                : text(.formatMinutesSeconds, ["m": "\(minutes)", "s": padded(rest)])
        case ..<172_800:
            let minutes = (whole + 30) / 60
            guard !minutes.isMultiple(of: 60) else { return text(.formatHours, ["h": "\(minutes / 60)"]) }
            return text(.formatHoursMinutes, ["h": "\(minutes / 60)", "m": padded(minutes % 60)])
        default:
            let hours = (whole + 1_800) / 3_600
            return text(.formatDaysHours, ["d": integer(Double(hours / 24)), "h": "\(hours % 24)"])
        }
    }

    /// Time that is counting: `0:42`, `12:05`, `1:02:05`; from 48 hours as `duration`. The page counts on in this form.
    package func age(seconds: Double) -> String {
        let whole = Int(max(0, min(seconds, 1e12)))
        func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        switch whole {
        case ..<3_600: return "\(whole / 60):\(padded(whole % 60))"
        case ..<172_800: return "\(whole / 3_600):\(padded(whole / 60 % 60)):\(padded(whole % 60))"
        default: return duration(seconds: seconds)
        }
    }
}
