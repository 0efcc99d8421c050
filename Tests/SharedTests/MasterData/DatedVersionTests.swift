import Shared
import Testing

@Suite struct DatedVersionTests {
    struct Version: DatedVersion, Equatable {
        var validFrom: Instant?
        var value: Int
    }

    /// Versions changed as a database changes them: by the start that a change writes.
    struct Stored {
        private(set) var versions: [Version]

        init(first value: Int, from start: Instant?) {
            versions = [Version(validFrom: start, value: value)]
        }

        mutating func change(_ value: Int, from given: Instant?) {
            let start = versions.start(ofChangeFrom: given)
            versions.removeAll { $0.validFrom == start }
            versions.append(Version(validFrom: start, value: value))
            versions.sort { ($0.validFrom?.microseconds ?? .min) < ($1.validFrom?.microseconds ?? .min) }
        }
    }

    private func at(_ second: Int) -> Instant { Instant(seconds: Int64(second)) }

    @Test func aGivenStartAddsAVersionOrReplacesTheOneThere() {
        var stored = Stored(first: 1, from: nil)
        stored.change(2, from: at(100))
        #expect(stored.versions.map(\.value) == [1, 2])
        stored.change(3, from: at(100))
        #expect(stored.versions.map(\.value) == [1, 3])
        stored.change(4, from: at(50))
        #expect(stored.versions.map(\.value) == [1, 4, 3])
        #expect(stored.versions.map(\.validFrom) == [nil, at(50), at(100)])
    }

    @Test func withoutAStartTheNewestIsCorrected() {
        var stored = Stored(first: 1, from: nil)
        stored.change(2, from: nil)
        #expect(stored.versions == [Version(validFrom: nil, value: 2)])
        stored.change(3, from: at(100))
        stored.change(4, from: nil)
        #expect(stored.versions.map(\.value) == [2, 4])
        #expect(stored.versions.last?.validFrom == at(100))
    }

    @Test func aVersionHoldsFromItsStartOn() {
        var stored = Stored(first: 1, from: at(10))
        stored.change(2, from: at(20))
        let expected = [(0, 1), (9, 1), (10, 1), (19, 1), (20, 2), (1_000, 2)]
        for (second, value) in expected {
            #expect(stored.versions[stored.versions.index(validAt: at(second))].value == value, "at \(second)")
        }
        #expect(stored.versions[stored.versions.index(validAt: at(20) + -1)].value == 1)
    }

    /// Against a second by second account of what each change restates: from its start to the next one's.
    @Test func anyChangesHoldWhereTheirAccountSays() {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        let seconds = 40
        for _ in 0..<500 {
            let isSinceEver = Bool.random(using: &random)
            let first = isSinceEver ? nil : Int.random(in: 0..<seconds, using: &random)
            var stored = Stored(first: 0, from: first.map(at))
            // Before the first version the first one holds: the account starts there.
            var account: [Int?] = (0..<seconds).map { $0 < first ?? 0 ? nil : 0 }
            var starts: Set<Int> = [first ?? -1]
            for value in 1...Int.random(in: 1...12, using: &random) {
                let isDated = Int.random(in: 0...3, using: &random) > 0
                let given = isDated ? Int.random(in: 0..<seconds, using: &random) : nil
                stored.change(value, from: given.map(at))
                let start = given ?? starts.max() ?? -1
                let end = starts.filter { $0 > start }.min() ?? seconds
                for second in max(start, 0)..<max(end, 0) { account[second] = value }
                starts.insert(start)
            }
            #expect(stored.versions.count == starts.count, "seed \(seed)")
            let got = (0..<seconds).map { stored.versions[stored.versions.index(validAt: at($0))].value }
            let earliest = account.compactMap(\.self).first
            #expect(got == account.map { $0 ?? earliest }, "seed \(seed)")
        }
    }
}

@Suite struct LineDecommissioningTests {
    private let now = Instant(minute: 1_000) + 1

    private func line(_ more: String) throws -> LineBody {
        try LineBody.read(Array(#"{"plant_id":1,"line_code":"L","line_name":"L"\#(more)}"#.utf8))
    }

    @Test func anActiveLineLeavesWhenItIsSaid() throws {
        #expect(try line("").decommissioned(at: now, before: Instant(minute: 900)) == nil)
        let said = try line(#","decommissioned_at":"1970-01-02T00:00:00Z""#)
        #expect(said.decommissioned(at: now, before: nil) == Instant(minute: 1_440))
    }

    @Test func anInactiveLineLeavesAtTheEndOfTheMinute() throws {
        let inactive = try line(#","is_active":false"#)
        #expect(inactive.decommissioned(at: now, before: nil) == Instant(minute: 1_001))
        #expect(inactive.decommissioned(at: Instant(minute: 1_000), before: nil) == Instant(minute: 1_000))
        let said = try line(#","is_active":false,"decommissioned_at":"1970-01-01T10:00:00Z""#)
        #expect(said.decommissioned(at: now, before: Instant(minute: 900)) == Instant(minute: 600))
    }

    @Test func whatIsPastStays() throws {
        let inactive = try line(#","is_active":false"#)
        #expect(inactive.decommissioned(at: now, before: Instant(minute: 900)) == Instant(minute: 900))
        #expect(inactive.decommissioned(at: now, before: Instant(minute: 1_100)) == Instant(minute: 1_001))
    }

    @Test func aLineNeverLeavesBeforeItCame() throws {
        let coming = try line(#","is_active":false,"commissioned_at":"1970-01-02T00:00:00Z""#)
        #expect(coming.decommissioned(at: now, before: nil) == Instant(minute: 1_441))
        #expect(coming.decommissioned(at: now, before: Instant(minute: 900)) == Instant(minute: 1_441))
    }
}
