import ManufacturingKPI
import Shared

/// Detections counted minute by minute in whatever order, to make a series of.
struct MinuteTally {
    private(set) var counts: [Int64: Int] = [:]

    mutating func add(_ detections: Int, atMinute minute: Int64) {
        counts[minute, default: 0] += detections
    }

    /// What lies in some of the minutes.
    func part(where isWanted: (Int64) -> Bool) -> MinuteTally {
        MinuteTally(counts: counts.filter { isWanted($0.key) })
    }

    /// Detections of each minute from one on, up to the last that has any.
    func dense(from first: Int64) -> [UInt32] {
        guard let last = counts.keys.max(), first <= last else { return [] }
        return (first...last).map { UInt32(counts[$0] ?? 0) }
    }

    func series(area: AreaID, areaType: AreaType, product: ProductID) -> MinuteSeries {
        let first = counts.keys.min() ?? 0
        return MinuteSeries(area: area, areaType: areaType, product: product, base: first, counts: dense(from: first))
    }
}
