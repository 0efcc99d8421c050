package import Shared

/// How many detections of one product one area saw in each UTC minute, with running sums so that any stretch of whole
/// minutes is two look-ups.
///
/// Kept as sums within blocks of 1 024 minutes, four bytes a minute; up to four thousand million detections fit
/// into a block. Minutes outside the stored ones have none.
package struct MinuteSeries: Sendable {
    package let area: AreaID
    package let areaType: AreaType
    package let product: ProductID
    /// The first stored minute, counted since 1970; zero while nothing is stored.
    package private(set) var base: Int64
    /// For each minute, the detections from the beginning of its block to the end of that minute.
    private var sums: [UInt32]
    /// Detections before each block.
    private var before: [Int64]

    private static let blockShift = 10
    private static let blockLength = 1 << blockShift

    /// - Parameter counts: detections of consecutive minutes from `base` on; none negative.
    package init(
        area: AreaID, areaType: AreaType, product: ProductID, base: Int64,
        counts: some Collection<some BinaryInteger>
    ) {
        self.area = area
        self.areaType = areaType
        self.product = product
        self.base = base
        sums = []
        before = []
        sums.reserveCapacity(counts.count)
        for count in counts {
            append(UInt32(count))
        }
    }

    /// A series without detections yet.
    package init(area: AreaID, areaType: AreaType, product: ProductID) {
        self.init(area: area, areaType: areaType, product: product, base: 0, counts: [UInt16]())
    }

    /// Stored minutes.
    package var count: Int { sums.count }

    /// Detections of each stored minute, from `base` on.
    package var counts: [UInt32] {
        sums.indices.map { index in
            index & (Self.blockLength - 1) == 0 ? sums[index] : sums[index] - sums[index - 1]
        }
    }

    /// All detections stored.
    package var total: Int { Int(sum(upTo: sums.count)) }

    private mutating func append(_ detections: UInt32) {
        if sums.count & (Self.blockLength - 1) == 0 {
            before.append(sum(upTo: sums.count))
            sums.append(detections)
        } else {
            sums.append(sums[sums.count - 1] + detections)
        }
    }

    /// Detections of the first `index` stored minutes.
    private func sum(upTo index: Int) -> Int64 {
        guard index > 0 else { return 0 }
        return before[(index - 1) >> Self.blockShift] + Int64(sums[index - 1])
    }

    /// Detections in the minutes `from ..< to`, counted since 1970.
    package func detections(fromMinute from: Int64, to: Int64) -> Int {
        let low = Int(min(max(from - base, 0), Int64(sums.count)))
        let high = Int(min(max(to - base, 0), Int64(sums.count)))
        return high > low ? Int(sum(upTo: high) - sum(upTo: low)) : 0
    }

    /// The same series with other counts from a minute on; what lies before stays as it is.
    ///
    /// - Parameter counts: detections of consecutive minutes from `minute` on; none negative.
    package func replacing(from minute: Int64, with counts: some Collection<some BinaryInteger>) -> MinuteSeries {
        var series = self
        let kept = Int(min(max(minute - base, 0), Int64(sums.count)))
        series.sums.removeSubrange(kept...)
        series.before.removeSubrange(((kept + Self.blockLength - 1) >> Self.blockShift)...)
        if series.sums.isEmpty { series.base = minute }
        series.sums.reserveCapacity(Int(minute - series.base) + counts.count)
        while series.base + Int64(series.sums.count) < minute { series.append(0) }
        for count in counts { series.append(UInt32(count)) }
        return series
    }

    /// The first minute of `from ..< to` with a detection, found by binary search in the running sums.
    package func firstMinute(from: Int64, to: Int64) -> Int64? {
        guard detections(fromMinute: from, to: to) > 0 else { return nil }
        var low = max(from, base)
        var high = min(to, base + Int64(sums.count))
        while low + 1 < high {
            let middle = (low + high) / 2
            if detections(fromMinute: low, to: middle) > 0 { high = middle } else { low = middle }
        }
        return low
    }

    /// The last minute of `from ..< to` with a detection.
    package func lastMinute(from: Int64, to: Int64) -> Int64? {
        guard detections(fromMinute: from, to: to) > 0 else { return nil }
        var low = max(from, base)
        var high = min(to, base + Int64(sums.count))
        while low + 1 < high {
            let middle = (low + high) / 2
            if detections(fromMinute: middle, to: high) > 0 { low = middle } else { high = middle }
        }
        return low
    }

    /// Adds detections to one minute, also before or after the stored ones.
    package mutating func add(_ detections: Int, atMinute minute: Int64) {
        if sums.isEmpty {
            base = minute
        } else if minute < base {
            let stored = (0..<sums.count).map { sum(upTo: $0 + 1) - sum(upTo: $0) }
            let gap = Int(base - minute)
            base = minute
            sums = []
            before = []
            for _ in 0..<gap { append(0) }
            for count in stored { append(UInt32(count)) }
        }
        let index = Int(minute - base)
        while sums.count <= index { append(0) }
        let block = index >> Self.blockShift
        let blockEnd = min((block + 1) << Self.blockShift, sums.count)
        for position in index..<blockEnd {
            sums[position] += UInt32(detections)
        }
        for later in (block + 1)..<max(block + 1, before.count) {
            before[later] += Int64(detections)
        }
    }
}
