import ManufacturingKPI
import Shared
import Testing

/// More detections give the gaps and counts that all of them together have.
@Suite struct AddedDetectionsPropertyTests {
    private struct Random: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ (state >> 29)
        }
    }

    /// Detections that lie close together, far apart, and at one instant.
    private static func detections(_ count: Int, _ random: inout Random) -> [Int64] {
        var instant = Int64.random(in: 0...200, using: &random)
        return (0..<count).map { _ in
            instant += [0, 1, 3, 9, 10, 11, 40].randomElement(using: &random) ?? 0
            return instant
        }
    }

    @Test(arguments: 0..<400 as Range<UInt64>)
    func gapsAreThoseOfAllDetections(seed: UInt64) {
        var random = Random(state: seed &+ 77)
        let old = Self.detections(Int.random(in: 0...12, using: &random), &random)
        let new = Self.detections(Int.random(in: 0...12, using: &random), &random)
        let floor = Int64.random(in: 1...12, using: &random)
        let whole = ActivityGaps(detections: (old + new).sorted(), floor: floor)
        let added = ActivityGaps(detections: old, floor: floor).adding(new, floor: floor)
        let words: Comment = "seed \(seed): \(old) and \(new), floor \(floor)"
        #expect(added.starts == whole.starts, words)
        #expect(added.ends == whole.ends, words)
        #expect(added.startIsLone == whole.startIsLone, words)
        #expect(added.firstDetection == whole.firstDetection, words)
        #expect(added.lastDetection == whole.lastDetection, words)
        #expect(added.lastDetection == nil || added.lastIsLone == whole.lastIsLone, words)
    }

    @Test(arguments: 0..<100 as Range<UInt64>)
    func countsAreThoseOfAllDetections(seed: UInt64) {
        var random = Random(state: seed &+ 7)
        func minutes() -> [Int64: UInt32] {
            let base = Int64.random(in: 0...5_000, using: &random)
            return Dictionary(
                (0..<Int.random(in: 0...40, using: &random)).map { _ in
                    (base + Int64.random(in: 0...3_000, using: &random), UInt32.random(in: 1...9, using: &random))
                }
            ) { $0 + $1 }
        }
        let (old, new) = (minutes(), minutes())
        let empty = MinuteSeries(area: AreaID(1), areaType: .output, product: ProductID(1))
        let series = empty.adding(old).adding(new)
        for minute in Int64(0)..<9_000 {
            let count = Int((old[minute] ?? 0) + (new[minute] ?? 0))
            if series.detections(fromMinute: minute, to: minute + 1) != count {
                Issue.record("seed \(seed): minute \(minute)")
                return
            }
        }
        #expect(series.total == Int((Array(old.values) + Array(new.values)).reduce(0, +)))
    }
}
