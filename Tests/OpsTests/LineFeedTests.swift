import Shared
import Testing

@testable import OpsCLI

struct LineFeedTests {
    /// Live is the same stream as history: nothing is missing, nothing comes twice, over midnight too.
    @Test func theFeedGivesWhatHistoryGives() throws {
        let line = SimulationLines.line()
        let date = try SimulationLines.date("2026-03-04")
        let start = line.zone.start(of: date) + 20 * 3_600_000_000
        let end = start + 8 * 3_600_000_000
        var feed = LineFeed(line, after: start)
        var seen: [SimulatedDetection] = []
        var now = start
        while now < end {
            now = now + 37_000_000
            let due = feed.due(until: now)
            #expect(due.allSatisfy { $0.at > now + -37_000_000 && $0.at <= now })
            seen += due
        }
        let history = [-1, 0, 1].flatMap { LineDay.detections(of: line, on: date + $0) }
            .filter { $0.at > start && $0.at <= now }
        #expect(!seen.isEmpty)
        #expect(Set(seen) == Set(history))
        #expect(seen.count == history.count)
    }
}
