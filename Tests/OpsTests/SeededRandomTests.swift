import Testing

@testable import OpsCLI

struct SeededRandomTests {
    /// The first numbers of the published generator for the seed 1234567.
    @Test func isSplitMix64() {
        var random = SeededRandom(seed: 1_234_567)
        #expect(random.next() == 6_457_827_717_110_365_317)
        #expect(random.next() == 3_203_168_211_198_807_973)
    }

    @Test func wordsDecideTheSeedInTheirOrder() {
        func first(_ a: String, _ b: String) -> UInt64 {
            var random = SeededRandom(a, b)
            return random.next()
        }
        #expect(first("a", "bc") == first("a", "bc"))
        #expect(first("a", "bc") != first("bc", "a"))
        #expect(first("a", "bc") != first("ab", "c"))
    }

    @Test func drawsStayInTheirBounds() {
        var random = SeededRandom(seed: 42)
        var sum = 0.0
        for _ in 0..<10_000 {
            #expect((5..<7).contains(random.between(5, 7)))
            let wait = random.exponential(mean: 10)
            #expect(wait >= 0 && wait.isFinite)
            sum += wait
        }
        #expect((9.5...10.5).contains(sum / 10_000))
    }
}
