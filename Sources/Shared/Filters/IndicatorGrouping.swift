/// The stretches that key figures are asked for, one after another.
package enum IndicatorInterval: String, CaseIterable, Sendable {
    case day
    case week
    case month
    /// Each working of a shift, from its start to its end.
    case shift

    /// The buckets of the clock it is made of; nil for shifts.
    package var size: BucketSize? {
        switch self {
        case .day: .day
        case .week: .week
        case .month: .month
        case .shift: nil
        }
    }

    /// The longest period that may be asked for.
    package var limit: PeriodLimit { size?.limit ?? BucketSize.day.limit }
}

/// What the key figures of each stretch are told apart by.
package enum IndicatorGroup: String, CaseIterable, Sendable {
    case line
    case shift
    case product
    case area
}

/// Key figures in parts: by stretches of time, by groups, or by both.
package struct IndicatorGrouping: Hashable, Sendable {
    /// Nil: the whole period is one stretch.
    package var interval: IndicatorInterval?
    /// Nil: all lines together.
    package var group: IndicatorGroup?

    package init(interval: IndicatorInterval? = nil, group: IndicatorGroup? = nil) {
        self.interval = interval
        self.group = group
    }

    /// Neither is asked for: the answer is one of lines and a total.
    package var isNone: Bool { interval == nil && group == nil }
}
