package import Shared

/// How many detections of one product one area saw in each UTC minute, with running sums so that any stretch of whole
/// minutes is two look-ups. Minutes outside the stored ones have none.
package struct MinuteSeries: Sendable {
    package let area: AreaID
    package let areaType: AreaType
    package let product: ProductID
    private let stored: Stored

    /// Shared by all copies of a series.
    private final class Stored: Sendable {
        let sums: MinuteSums

        init(_ sums: MinuteSums) {
            self.sums = sums
        }
    }

    private init(_ series: MinuteSeries, _ sums: MinuteSums) {
        area = series.area
        areaType = series.areaType
        product = series.product
        stored = Stored(sums)
    }

    /// - Parameter counts: detections of consecutive minutes from `base` on.
    package init(
        area: AreaID, areaType: AreaType, product: ProductID, base: Int64, counts: [UInt32]
    ) {
        self.area = area
        self.areaType = areaType
        self.product = product
        var sums = MinuteSums(base: base)
        for count in counts { sums.append(count) }
        stored = Stored(sums)
    }

    /// A series without detections yet.
    package init(area: AreaID, areaType: AreaType, product: ProductID) {
        self.init(area: area, areaType: areaType, product: product, base: 0, counts: [])
    }

    /// The first minute of the block a minute lies in: minutes are stored in blocks of `blockLength`.
    package static func blockStart(of minute: Int64) -> Int64 { MinuteSums.blockStart(of: minute) }

    package static var blockLength: Int { MinuteSums.blockLength }

    /// The first stored minute, counted since 1970; zero while nothing is stored.
    package var base: Int64 { stored.sums.base }

    /// Stored minutes.
    package var count: Int { stored.sums.count }

    /// Detections of each stored minute, from `base` on.
    package var counts: [UInt32] {
        (base..<base + Int64(count)).map { UInt32(detections(fromMinute: $0, to: $0 + 1)) }
    }

    /// All detections stored.
    package var total: Int { Int(stored.sums.total) }

    /// Bytes that the sums take.
    package var byteCount: Int { stored.sums.byteCount }

    /// Detections in the minutes `from ..< to`, counted since 1970.
    package func detections(fromMinute from: Int64, to: Int64) -> Int {
        stored.sums.detections(from: from, to: to)
    }

    /// The same series with other counts from a minute on; what lies before stays as it is.
    ///
    /// - Parameter counts: detections of consecutive minutes from `minute` on.
    package func replacing(from minute: Int64, with counts: [UInt32]) -> MinuteSeries {
        var sums = stored.sums
        sums.keep(before: minute)
        sums.pad(to: minute)
        for count in counts { sums.append(count) }
        return MinuteSeries(self, sums)
    }

    /// The same series with more detections.
    ///
    /// - Parameter more: by minutes counted since 1970.
    package func adding(_ more: [Int64: UInt32]) -> MinuteSeries {
        guard let first = more.keys.min(), let last = more.keys.max() else { return self }
        let end = count > 0 ? max(last + 1, base + Int64(count)) : last + 1
        func counts(from start: Int64) -> [UInt32] {
            (start..<end).map { UInt32(detections(fromMinute: $0, to: $0 + 1)) + (more[$0] ?? 0) }
        }
        if count > 0, first >= base { return replacing(from: first, with: counts(from: first)) }
        let start = MinuteSums.blockStart(of: count > 0 ? min(first, base) : first)
        return MinuteSeries(area: area, areaType: areaType, product: product, base: start, counts: counts(from: start))
    }

    /// The same series with another one's minutes before its own; what lies between them counts none.
    ///
    /// - Precondition: this series begins with a block, and the other ends before it.
    package func preceded(by earlier: MinuteSeries) -> MinuteSeries {
        guard earlier.count > 0 else { return self }
        guard count > 0 else { return MinuteSeries(self, earlier.stored.sums) }
        var sums = earlier.stored.sums
        sums.append(stored.sums)
        return MinuteSeries(self, sums)
    }

    /// The first minute of `from ..< to` with a detection, found by binary search in the running sums.
    package func firstMinute(from: Int64, to: Int64) -> Int64? {
        guard detections(fromMinute: from, to: to) > 0 else { return nil }
        var low = max(from, base)
        var high = min(to, base + Int64(count))
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
        var high = min(to, base + Int64(count))
        while low + 1 < high {
            let middle = (low + high) / 2
            if detections(fromMinute: middle, to: high) > 0 { low = middle } else { high = middle }
        }
        return low
    }
}
