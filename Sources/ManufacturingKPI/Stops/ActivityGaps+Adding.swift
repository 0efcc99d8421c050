import Shared

extension ActivityGaps {
    /// The gaps as they would be with more detections.
    ///
    /// Between two gaps the line is active with only shorter ones, so each such stretch is one interval, whatever detections
    /// it holds, and stays one when more lie in it.
    /// - Parameters:
    ///   - detections: microseconds, ascending, duplicates of an instant included. None lies before the first of these gaps where
    ///     the line's history goes further back than they do.
    ///   - floor: that of these gaps, microseconds.
    package func adding(_ detections: [Int64], floor: Int64) -> ActivityGaps {
        var merged = Merging(floor: floor)
        var index = 0
        func takeDetections(before end: Int64) {
            while index < detections.count, detections[index] < end {
                let instant = detections[index]
                var next = index + 1
                while next < detections.count, detections[next] == instant { next += 1 }
                merged.take(instant, instant, endIsLone: next == index + 1)
                index = next
            }
        }
        if let first = firstDetection, let last = lastDetection {
            for place in 0...starts.count {
                let start = place == 0 ? first.microseconds : ends[place - 1]
                let isLast = place == starts.count
                takeDetections(before: start)
                merged.take(
                    start, isLast ? last.microseconds : starts[place],
                    endIsLone: isLast ? lastIsLone : startIsLone[place])
            }
        }
        takeDetections(before: .max)
        return merged.gaps
    }

    /// Stretches of activity in the order of their starts, joined where less than the floor is between them.
    private struct Merging {
        let floor: Int64
        private var starts: [Int64] = []
        private var ends: [Int64] = []
        private var startIsLone: [Bool] = []
        private var first: Int64?
        private var end: Int64 = 0
        private var endIsLone = true

        init(floor: Int64) {
            self.floor = floor
        }

        mutating func take(_ start: Int64, _ end: Int64, endIsLone: Bool) {
            if first == nil {
                first = start
            } else if start - self.end >= floor {
                starts.append(self.end)
                ends.append(start)
                startIsLone.append(self.endIsLone)
            } else if end <= self.end {
                if end == self.end { self.endIsLone = false }
                return
            }
            self.end = end
            self.endIsLone = endIsLone
        }

        var gaps: ActivityGaps {
            ActivityGaps(
                starts: starts, ends: ends, startIsLone: startIsLone,
                firstDetection: first.map { Instant(microseconds: $0) },
                lastDetection: first.map { _ in Instant(microseconds: end) }, lastIsLone: endIsLone)
        }
    }
}
