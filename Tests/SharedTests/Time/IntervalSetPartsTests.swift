import Shared
import Testing

@Suite("Parts of a set of time")
struct IntervalSetPartsTests {
    private func interval(_ start: Int64, _ end: Int64) -> Interval {
        Interval(start: Instant(seconds: start), end: Instant(seconds: end))
    }

    @Test("each part is the intersection with its interval")
    func sameAsIntersections() {
        var numbers = SystemRandomNumberGenerator()
        let seed = UInt64.random(in: 0...UInt64.max, using: &numbers)
        var state = seed
        func next(_ bound: Int64) -> Int64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int64(state >> 33) % bound
        }
        for _ in 0..<500 {
            let set = IntervalSet(
                union: (0..<next(8)).map { _ in
                    let start = next(100)
                    return interval(start, start + next(20))
                })
            var wanted: [Interval] = []
            var start = next(10)
            for _ in 0..<next(8) {
                let end = start + next(20)
                wanted.append(interval(start, end))
                start = end + next(3)
            }
            #expect(set.parts(in: wanted) == wanted.map { set.intersection($0) }, "seed \(seed)")
        }
    }
}
