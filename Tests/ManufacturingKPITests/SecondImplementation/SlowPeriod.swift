/// A period as it was asked for, on the clock of one zone (domain §2, §5).
struct SlowPeriod {
    var time: Stretch
    /// The days of a period of local dates, counted since 1970.
    var days: ClosedRange<Int64>?
    /// Its ends on the clock when they were written so.
    var clocks: (start: Int64, end: Int64)?

    init(from: PlantCase.Bound, to: PlantCase.Bound, _ clock: SlowClock) {
        let lastMinute = 1_439
        switch (from, to) {
        case (.date(let first), .date(let last)), (.date(let first), .clock(let last, lastMinute)),
            (.clock(let first, 0), .clock(let last, lastMinute)):
            self.init(days: first...last, clock)
        case (.instant, _), (_, .instant):
            self.init(
                time: Stretch(
                    start: Self.instant(from, clock, isEnd: false), end: Self.instant(to, clock, isEnd: true)))
        case (.date, _), (.clock, _):
            self.init(clocks: (Self.clock(from, isEnd: false), Self.clock(to, isEnd: true)), clock)
        }
    }

    private init(time: Stretch) {
        self.time = time
    }

    init(days: ClosedRange<Int64>, _ clock: SlowClock) {
        self.init(clocks: (days.lowerBound * SlowClock.day, (days.upperBound + 1) * SlowClock.day), clock)
        self.days = days
    }

    private init(clocks: (start: Int64, end: Int64), _ clock: SlowClock) {
        self.clocks = clocks
        time = Stretch(start: clock.instant(of: clocks.start), end: clock.instant(of: clocks.end))
    }

    private static func clock(_ bound: PlantCase.Bound, isEnd: Bool) -> Int64 {
        switch bound {
        case .instant(let instant): instant
        case .date(let day): (isEnd ? day + 1 : day) * SlowClock.day
        case .clock(let day, let minute):
            isEnd && minute == 1_439
                ? (day + 1) * SlowClock.day : day * SlowClock.day + Int64(minute) * SlowClock.minute
        }
    }

    private static func instant(_ bound: PlantCase.Bound, _ clock: SlowClock, isEnd: Bool) -> Int64 {
        if case .instant(let instant) = bound { return instant }
        return clock.instant(of: Self.clock(bound, isEnd: isEnd))
    }

    /// The period of equal length so many lengths earlier.
    func earlier(_ steps: Int64, _ clock: SlowClock) -> SlowPeriod {
        if let days {
            let count = Int64(days.count) * steps
            return SlowPeriod(days: (days.lowerBound - count)...(days.upperBound - count), clock)
        }
        if let clocks {
            let length = (clocks.end - clocks.start) * steps
            return SlowPeriod(clocks: (clocks.start - length, clocks.end - length), clock)
        }
        var period = self
        period.time = Stretch(start: time.start - time.length * steps, end: time.end - time.length * steps)
        return period
    }

    /// As far into the earlier period on the clock as now is into this one; past its end, as far past that one's.
    func now(_ now: Int64, in earlier: SlowPeriod, _ clock: SlowClock) -> Int64 {
        let isOver = now >= time.end
        func edge(_ period: SlowPeriod) -> Int64 {
            if let clocks = period.clocks { return isOver ? clocks.end : clocks.start }
            return clock.clock(at: isOver ? period.time.end : period.time.start)
        }
        let there = clock.instant(of: edge(earlier) + clock.clock(at: now) - edge(self))
        return isOver ? max(earlier.time.end, there) : min(earlier.time.end, there)
    }
}

extension SlowCalendar {
    /// What a trend compares with: the nearest earlier period with planned time, tried one by one; and its own now.
    func comparison(of period: SlowPeriod, shift: Int64?, now: Int64) -> (period: SlowPeriod, now: Int64)? {
        guard period.time.start < now, period.time.length > 0 else { return nil }
        var steps: Int64 = 1
        while true {
            let earlier = period.earlier(steps, clock)
            // Instances of a chosen shift may reach a day past their dates; before commissioning nothing is planned.
            if earlier.time.end + 2 * SlowClock.day < line.commissioned { return nil }
            let there = min(now, period.now(now, in: earlier, clock))
            if !time(of: earlier, shift: shift, now: there).planned.isEmpty { return (earlier, there) }
            steps += 1
        }
    }
}
