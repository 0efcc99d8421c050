/// All stops of a line up to now, told rule by rule (domain §3).
struct SlowStops {
    enum Kind {
        case stop
        case micro
        /// Downtime, but neither listed nor counted.
        case remainder
    }

    struct Piece {
        var time: Stretch
        var isOngoing: Bool
        /// The number of a registered stop.
        var registered: Int64?
        var kind: Kind
        /// Its whole life inside the line's own planned time.
        var planned: Int64
        var cause: PlantCase.Cause?
    }

    private(set) var pieces: [Piece] = []

    init(_ line: PlantCase.Line, threshold whatIf: Int64?, ownPlanned: [Stretch], now: Int64) {
        func threshold(_ start: Int64) -> Int64 { whatIf ?? line.versions.holding(at: start)?.threshold ?? 0 }
        let registered = line.registered.filter { $0.start < now }
        func time(_ stop: PlantCase.Registered) -> Stretch {
            Stretch(start: stop.start, end: min(stop.end ?? now, now))
        }
        let blocked = registered.map(time) + line.removed
        for run in line.detectsStops ? Self.runs(line, now: now, threshold: threshold) : [] {
            let left = run.time.parts(changingAt: blocked.edges) { !blocked.contains(instant: $0) }
            for part in left {
                let planned = ownPlanned.shared(with: part)
                let kind: Kind
                if planned <= threshold(run.time.start) {
                    kind = .remainder
                } else if let micro = line.versions.holding(at: run.time.start)?.micro, planned <= micro {
                    kind = .micro
                } else {
                    kind = .stop
                }
                pieces.append(
                    Piece(
                        time: part, isOngoing: run.isOngoing && part.end == run.time.end, registered: nil, kind: kind,
                        planned: planned, cause: Self.cause(of: part, line.attached)))
            }
        }
        for stop in registered {
            let time = time(stop)
            pieces.append(
                Piece(
                    time: time, isOngoing: stop.end.map { $0 > now } ?? true, registered: stop.id, kind: .stop,
                    planned: ownPlanned.shared(with: time), cause: stop.cause))
        }
        pieces.sort { $0.time.start < $1.time.start }
    }

    private struct Run {
        var time: Stretch
        var isOngoing: Bool
    }

    /// Rules 1 to 3: consecutive gaps longer than the threshold of their own start are one stop.
    private static func runs(_ line: PlantCase.Line, now: Int64, threshold: (Int64) -> Int64) -> [Run] {
        let seen = line.detections.map(\.at).filter { $0 <= now }.sorted()
        var gaps: [Run] = []
        func add(_ start: Int64, _ end: Int64, isOngoing: Bool = false) {
            gaps.append(Run(time: Stretch(start: start, end: end), isOngoing: isOngoing))
        }
        if let first = seen.first, let last = seen.last {
            if line.commissioned < first { add(line.commissioned, first) }
            for (before, after) in zip(seen, seen.dropFirst()) { add(before, after) }
            add(last, now, isOngoing: true)
        } else if line.commissioned < now {
            add(line.commissioned, now, isOngoing: true)
        }
        var runs: [Run] = []
        var wasStop = false
        for gap in gaps {
            let isStop = gap.time.length > threshold(gap.time.start)
            if isStop, wasStop {
                runs[runs.count - 1].time.end = gap.time.end
                runs[runs.count - 1].isOngoing = gap.isOngoing
            } else if isStop {
                runs.append(gap)
            }
            wasStop = isStop
        }
        return runs.compactMap { run in
            guard let end = line.decommissioned, end <= run.time.end else { return run }
            return run.time.start < end
                ? Run(time: Stretch(start: run.time.start, end: end), isOngoing: false) : nil
        }
    }

    /// Of the causes given, the one that shares most time, of equals the last given; an emptied one takes it back.
    private static func cause(of time: Stretch, _ attached: [PlantCase.Attached]) -> PlantCase.Cause? {
        let candidates = attached.filter { $0.time.shared(with: time) > 0 }
        let best = candidates.max { left, right in
            let (one, other) = (left.time.shared(with: time), right.time.shared(with: time))
            return one == other ? left.cause.given < right.cause.given : one < other
        }
        guard let cause = best?.cause, cause.incident != nil || cause.reason != nil else { return nil }
        return cause
    }
}
