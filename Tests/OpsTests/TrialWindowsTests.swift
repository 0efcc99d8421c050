import Shared
import Testing

@testable import OpsCLI

/// Windows of a dry run: every row is of just one, and every day from the first to the last of a line.
@Suite struct TrialWindowsTests {
    private static func entry(_ day: Int, _ second: Int) -> TrialWindows.Entry {
        TrialWindows.Entry(
            instant: (Int64(day) * 86_400 + Int64(second)) * Instant.microsecondsPerSecond, day: day,
            origin: ImportPart.Origin(offset: 0, count: 1, line: second))
    }

    private static func windows(_ lines: [LineID: [TrialWindows.Entry]]) async throws -> [TrialWindows.Window] {
        var windows = TrialWindows()
        for (line, entries) in lines { for entry in entries { windows.add(entry, of: line) } }
        var found: [TrialWindows.Window] = []
        try await windows.visit { found.append($0) }
        return found
    }

    private static func days(_ window: TrialWindows.Window) -> [Int] {
        [window.days.lowerBound.dayNumber, window.days.upperBound.dayNumber]
    }

    @Test func ofAMonthAtMostDaysWithoutRowsIncluded() async throws {
        let found = try await Self.windows([LineID(1): [Self.entry(20_070, 5), Self.entry(20_000, 1)]])
        #expect(found.map(Self.days) == [[20_000, 20_030], [20_031, 20_061], [20_062, 20_070]])
        #expect(found.map(\.entries.count) == [1, 0, 1])
        #expect(found.map(\.context.count) == [1, 2, 1])
    }

    @Test func eachLineHasItsOwn() async throws {
        let found = try await Self.windows([
            LineID(2): [Self.entry(20_003, 1)], LineID(1): [Self.entry(20_000, 1), Self.entry(20_001, 1)],
        ])
        #expect(found.map(Self.days) == [[20_000, 20_001], [20_003, 20_003]])
        #expect(found.map(\.context.count) == [0, 0])
    }

    @Test func manyRowsMakeShortOnesWithTheRowsBeside() async throws {
        let entries = (20_000..<20_003).flatMap { day in (0..<160_000).map { Self.entry(day, $0 / 2) } }
        let found = try await Self.windows([LineID(1): entries.reversed()])
        #expect(found.map(Self.days) == [[20_000, 20_000], [20_001, 20_001], [20_002, 20_002]])
        #expect(found.map(\.entries.count) == [160_000, 160_000, 160_000])
        // A thousand on each side, and the first of all.
        #expect(found.map(\.context.count) == [1_000, 2_001, 1_001])
    }

    @Test func aDayIsNeverParted() async throws {
        let entries = (0..<310_000).map { Self.entry(20_000, $0 / 4) } + [Self.entry(20_001, 0)]
        let found = try await Self.windows([LineID(1): entries])
        #expect(found.map(Self.days) == [[20_000, 20_000], [20_001, 20_001]])
        #expect(found.map(\.entries.count) == [310_000, 1])
    }
}
