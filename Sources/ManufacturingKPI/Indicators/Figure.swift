/// Why a figure has no value.
package enum UndefinedReason: String, Hashable, Sendable, CaseIterable {
    case noPlannedTime = "no_planned_time"
    case noRunningTime = "no_running_time"
    case noNominalRate = "no_nominal_rate"
    case qualityNotMeasured = "quality_not_measured"
    case inputMissing = "input_missing"
    case noStops = "no_stops"
    case noCalendarTime = "no_calendar_time"
    case noOutput = "no_output"
}

/// A quotient in full precision, or why there is none. Never zero for the lack of a value.
package enum Figure: Hashable, Sendable {
    case value(Double)
    case undefined(UndefinedReason)

    package var value: Double? {
        switch self {
        case .value(let value): value
        case .undefined: nil
        }
    }

    package var reason: UndefinedReason? {
        switch self {
        case .value: nil
        case .undefined(let reason): reason
        }
    }

    /// Cut to 0…1.
    package var clamped: Figure {
        switch self {
        case .value(let value): .value(min(max(value, 0), 1))
        case .undefined: self
        }
    }
}

extension Int64 {
    /// A length in microseconds as seconds.
    package var seconds: Double { Double(self) / 1_000_000 }
}
