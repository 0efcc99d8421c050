package import Shared

/// Where a line's detections leave it silent: every gap between consecutive detections of at least a floor.
///
/// Columns in microseconds since 1970, ascending. Over all areas and products of the line. Gaps may lie after *now*
/// (detections may be up to five minutes ahead); whoever reads them cuts there. The columns may begin later than
/// the line's history, but must hold every gap of a run of stops that reaches into the span asked for.
package struct ActivityGaps: Sendable {
    /// The detection before each gap.
    package let starts: [Int64]
    /// The detection after each gap.
    package let ends: [Int64]
    /// Whether exactly one detection lies at the start of each gap: only such a lone unit lets two gaps be one stop.
    package let startIsLone: [Bool]
    /// The line's first detection ever; nil when it has none.
    package let firstDetection: Instant?
    /// The line's newest detection, possibly ahead of now.
    package let lastDetection: Instant?
    /// Whether exactly one detection lies at `lastDetection`.
    package let lastIsLone: Bool

    /// - Precondition: the three columns are of equal length, `starts` and `ends` ascend and gaps do not overlap.
    package init(
        starts: [Int64], ends: [Int64], startIsLone: [Bool], firstDetection: Instant?, lastDetection: Instant?,
        lastIsLone: Bool
    ) {
        precondition(starts.count == ends.count && starts.count == startIsLone.count, "gap columns differ in length")
        self.starts = starts
        self.ends = ends
        self.startIsLone = startIsLone
        self.firstDetection = firstDetection
        self.lastDetection = lastDetection
        self.lastIsLone = lastIsLone
    }

    /// The gaps of detections given in ascending order, duplicates of an instant included.
    ///
    /// - Parameter floor: microseconds; shorter gaps are left out. No threshold asked for may be shorter.
    package init(detections: some Sequence<Int64>, floor: Int64) {
        var starts: [Int64] = []
        var ends: [Int64] = []
        var lone: [Bool] = []
        var first: Int64?
        var previous: Int64?
        var previousIsLone = true
        for detection in detections {
            guard let before = previous else {
                first = detection
                previous = detection
                continue
            }
            if detection == before {
                previousIsLone = false
                continue
            }
            if detection - before >= floor {
                starts.append(before)
                ends.append(detection)
                lone.append(previousIsLone)
            }
            previous = detection
            previousIsLone = true
        }
        self.init(
            starts: starts, ends: ends, startIsLone: lone, firstDetection: first.map { Instant(microseconds: $0) },
            lastDetection: previous.map { Instant(microseconds: $0) }, lastIsLone: previousIsLone
        )
    }

    /// The same gaps with earlier ones before them.
    package func preceded(by starts: [Int64], ends: [Int64], startIsLone: [Bool]) -> ActivityGaps {
        ActivityGaps(
            starts: starts + self.starts, ends: ends + self.ends, startIsLone: startIsLone + self.startIsLone,
            firstDetection: firstDetection, lastDetection: lastDetection, lastIsLone: lastIsLone
        )
    }

    /// How many gaps end before an instant.
    package func countOfGaps(endingBefore instant: Instant) -> Int {
        firstIndex(endingAfter: instant.microseconds - 1)
    }

    /// The index of the first gap that ends after an instant (microseconds); the count when there is none.
    func firstIndex(endingAfter microseconds: Int64) -> Int {
        var low = 0
        var high = ends.count
        while low < high {
            let middle = (low + high) / 2
            if ends[middle] <= microseconds {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }
}
