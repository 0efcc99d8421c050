/// DateRangeFilter: local dates with optional times, both ends included.
package enum DateRangeFilter {
    /// Reads `daterange {start_date, end_date, start_time?, end_time?}`; nil when it is missing or faulty.
    package static func read(_ fields: inout JSONFields) -> PeriodRequest? {
        fields.object(FilterKind.dateRange.parameter) { fields -> PeriodRequest? in
            let start = bound(&fields, date: "start_date", time: "start_time")
            let end = bound(&fields, date: "end_date", time: "end_time")
            guard let start, let end else { return nil }
            return PeriodRequest(from: start, to: end)
        } ?? nil
    }

    /// What is meant when nothing is chosen: yesterday 00:00 to today 23:59 on the clock of a zone.
    package static func standard(now: Instant, in zone: TimeZoneRules) -> PeriodRequest {
        let today = zone.date(of: now)
        return PeriodRequest(
            from: .clock(today + (-1), LocalTime.firstMinute),
            to: .clock(today, LocalTime.lastMinute)
        )
    }

    private static func bound(
        _ fields: inout JSONFields,
        date dateName: String,
        time timeName: String
    ) -> PeriodBound? {
        let time = fields.localTime(timeName)
        fields.note(dateName, .date)
        let text = fields.required(fields.plainString(dateName), dateName, "")
        guard !fields.hasFault(dateName) else { return nil }
        do {
            return try PeriodBound(date: LocalDate(parsing: text), time: time)
        } catch {
            fields.fault(dateName, .invalidTime, limit: "YYYY-MM-DD")
            return nil
        }
    }
}
