/// Why two bounds are no period.
package enum PeriodRequestError: Error, Hashable, Sendable {
    case endsBeforeStart
}

/// A period as it was asked for, before the time zone is known; each end may be local or an instant.
package struct PeriodRequest: Hashable, Sendable {
    package let from: PeriodBound
    package let to: PeriodBound

    package init(from: PeriodBound, to: PeriodBound) {
        self.from = from
        self.to = to
    }

    /// True when both ends are instants, so that the period is the same in every zone.
    package var isSameInAllZones: Bool {
        switch (from, to) {
        case (.instant, .instant): true
        case (.date, _), (.clock, _), (_, .date), (_, .clock): false
        }
    }

    /// The period in a zone. It may have no length, but not a negative one.
    package func resolved(in zone: TimeZoneRules) throws(PeriodRequestError) -> Period {
        if let dates = try wholeDates() {
            return Period(dates, in: zone)
        }
        switch (from.placeAsStart, to.placeAsEnd) {
        case (.clock(let start), .clock(let end)):
            guard start <= end else { throw .endsBeforeStart }
            return Period(from: start, to: end, in: zone)
        case (let start, let end):
            let (first, last) = (start.instant(in: zone), end.instant(in: zone))
            guard first <= last else { throw .endsBeforeStart }
            return Period(Interval(start: first, end: last))
        }
    }

    /// The days, when both ends are dates: bare ones, 23:59 as the end, 00:00 as the start only together with 23:59.
    private func wholeDates() throws(PeriodRequestError) -> ClosedRange<LocalDate>? {
        let first: LocalDate
        let last: LocalDate
        switch (from, to) {
        case (.date(let start), .date(let end)):
            (first, last) = (start, end)
        case (.date(let start), .clock(let end, _)):
            guard to.endsDay else { return nil }
            (first, last) = (start, end)
        case (.clock(let start, let time), .clock(let end, _)):
            guard to.endsDay, time.minuteOfDay == 0 else { return nil }
            (first, last) = (start, end)
        case (.clock(let start, _), .date(let end)):
            guard start <= end else { throw .endsBeforeStart }
            return nil
        case (.instant, _), (_, .instant):
            return nil
        }
        guard first <= last else { throw .endsBeforeStart }
        return first...last
    }
}
