package import Shared

/// A stop of the whole history, whatever was planned: what is stored of it.
package struct ProjectedStop: Hashable, Sendable {
    package var start: Instant
    /// Nil: ongoing.
    package var end: Instant?
    package var source: StopSource
    package var cause: StopCause?
    /// The edit that made it, for a registered stop.
    package var origin: StopOrigin?

    package init(start: Instant, end: Instant?, source: StopSource, cause: StopCause?, origin: StopOrigin? = nil) {
        self.start = start
        self.end = end
        self.source = source
        self.cause = cause
        self.origin = origin
    }

    /// Its times, up to now while it is ongoing.
    package func interval(now: Instant) -> Interval {
        Interval(start: start, end: end ?? max(start, now))
    }

    /// Whether both are stored as the same: where they come from is not.
    package func isStoredLike(_ other: ProjectedStop) -> Bool {
        start == other.start && end == other.end && source == other.source && cause == other.cause
    }
}

/// A stop with the number it is stored under.
package struct StoredStop: Hashable, Sendable {
    package var id: StopID
    package var stop: ProjectedStop

    package init(id: StopID, stop: ProjectedStop) {
        self.id = id
        self.stop = stop
    }
}

/// What has to be written so that the stored stops are the calculated ones.
package struct StopChanges: Hashable, Sendable {
    package var added: [ProjectedStop] = []
    /// Added again under a number that an edit had taken away.
    package var restored: [StoredStop] = []
    package var updated: [StoredStop] = []
    package var removed: [StoredStop] = []
    /// How many stay as they are.
    package var kept = 0

    package var isEmpty: Bool { added.isEmpty && restored.isEmpty && updated.isEmpty && removed.isEmpty }

    /// Each stop keeps the number of the stored one of the same source and start, or else of the one that it shares most
    /// time with; a stored stop gives its number to one stop at most. What is stored and unchanged therefore keeps it.
    ///
    /// - Parameters:
    ///   - stored: disjoint, by start.
    ///   - current: disjoint, by start; `nil` ends mean up to `now`.
    ///   - former: numbers that stops had before an edit that is now taken back, with their times.
    package init(
        stored: [StoredStop], current: [ProjectedStop], former: [(id: StopID, interval: Interval)] = [], now: Instant
    ) {
        var pairs: [(isSame: Bool, overlap: Int64, stored: Int, current: Int)] = []
        var first = 0
        for (index, stop) in current.enumerated() {
            let interval = stop.interval(now: now)
            while first < stored.count, stored[first].stop.interval(now: now).end <= interval.start { first += 1 }
            var candidate = first
            while candidate < stored.count, stored[candidate].stop.start < interval.end {
                let other = stored[candidate].stop
                if let shared = other.interval(now: now).intersection(interval) {
                    let isSame = other.start == stop.start && other.source == stop.source
                    pairs.append((isSame, shared.length, candidate, index))
                }
                candidate += 1
            }
        }
        pairs.sort { left, right in
            if left.isSame != right.isSame { return left.isSame }
            return (right.overlap, left.stored, left.current) < (left.overlap, right.stored, right.current)
        }
        var numbers = [Int?](repeating: nil, count: current.count)
        var isTaken = [Bool](repeating: false, count: stored.count)
        for pair in pairs where numbers[pair.current] == nil && !isTaken[pair.stored] {
            numbers[pair.current] = pair.stored
            isTaken[pair.stored] = true
        }
        var used = Set(stored.map(\.id))
        for (index, stop) in current.enumerated() {
            if let number = numbers[index] {
                if stored[number].stop.isStoredLike(stop) {
                    kept += 1
                } else {
                    updated.append(StoredStop(id: stored[number].id, stop: stop))
                }
                continue
            }
            let interval = stop.interval(now: now)
            let before = former.filter { !used.contains($0.id) && $0.interval.overlaps(interval) }
                .max { left, right in
                    let leftLength = left.interval.intersection(interval)?.length ?? 0
                    return leftLength < right.interval.intersection(interval)?.length ?? 0
                }
            if let before {
                used.insert(before.id)
                restored.append(StoredStop(id: before.id, stop: stop))
            } else {
                added.append(stop)
            }
        }
        removed = stored.indices.filter { !isTaken[$0] }.map { stored[$0] }
    }
}

extension StopDetection {
    /// The start of the calculated stop that still runs.
    package var openRunStart: Instant? {
        guard let last = runs.last, last.isOngoing else { return nil }
        return Instant(microseconds: last.start)
    }
}

extension StopTimeline {
    /// All stops around the span, remainders and unplanned ones included, by start.
    package var projected: [ProjectedStop] {
        pieces.map { piece in
            let registered = piece.registered >= 0 ? registeredStops[Int(piece.registered)] : nil
            return ProjectedStop(
                start: Instant(microseconds: piece.start),
                end: piece.isOngoing ? nil : Instant(microseconds: piece.end),
                source: registered == nil ? .calculated : .registered,
                cause: piece.cause >= 0 ? causes[Int(piece.cause)] : nil,
                origin: registered?.origin
            )
        }
    }
}
