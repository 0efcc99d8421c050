/// A half-open stretch of time in microseconds since 1970.
struct Stretch: Hashable {
    var start: Int64
    var end: Int64

    var length: Int64 { end - start }

    func contains(_ instant: Int64) -> Bool { start <= instant && instant < end }

    /// Microseconds shared with another.
    func shared(with other: Stretch) -> Int64 { max(0, min(end, other.end) - max(start, other.start)) }

    /// The parts of it in which something holds, which is asked at every instant at which it may change.
    func parts(changingAt instants: [Int64], where holds: (Int64) -> Bool) -> [Stretch] {
        guard start < end else { return [] }
        let edges = Set([start, end] + instants.filter { start < $0 && $0 < end }).sorted()
        var parts: [Stretch] = []
        for (from, to) in zip(edges, edges.dropFirst()) where holds(from) {
            if let last = parts.last, last.end == from {
                parts[parts.count - 1].end = to
            } else {
                parts.append(Stretch(start: from, end: to))
            }
        }
        return parts
    }
}

extension [Stretch] {
    /// Total length of disjoint stretches.
    var length: Int64 { reduce(0) { $0 + $1.length } }

    func contains(instant: Int64) -> Bool { contains { $0.contains(instant) } }

    var edges: [Int64] { flatMap { [$0.start, $0.end] } }

    /// Microseconds of a stretch that lie in these, which are disjoint.
    func shared(with stretch: Stretch) -> Int64 { reduce(0) { $0 + $1.shared(with: stretch) } }
}
