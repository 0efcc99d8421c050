import ManufacturingKPI
import Shared

/// The newest listed stops of each line over the period, once for every tile that shows stops one by one.
struct StopList {
    /// So many of each line, and of all lines together, are shown one by one.
    static let most = 1_000

    /// Of each line, by start.
    let lines: [[Stop]]
    /// Of all lines, the newest first, each with its line's place among the questions.
    private var newestFirst: [(line: Int, stop: Stop)]

    /// - Parameter lines: the newest stops of each line, by start.
    init(_ lines: [[Stop]]) {
        self.lines = lines
        var next = lines.map(\.count)
        var found: [(line: Int, stop: Stop)] = []
        // Each line's are in order already: the newest of all is the last of one of them.
        while found.count < Self.most {
            var newest: Int?
            for line in lines.indices where next[line] > 0 {
                let start = lines[line][next[line] - 1].interval.start
                if newest.map({ lines[$0][next[$0] - 1].interval.start <= start }) ?? true { newest = line }
            }
            guard let line = newest else { break }
            next[line] -= 1
            found.append((line, lines[line][next[line]]))
        }
        newestFirst = found
    }

    /// Notes the change of product over each of the newest.
    mutating func suggestChangeovers(
        ofNewest most: Int,
        _ questions: [LineQuestion],
        _ source: LineQuestions
    ) async throws {
        for line in lines.indices {
            let places = newestFirst.indices.prefix(most).reversed().filter { newestFirst[$0].line == line }
            var stops = places.map { newestFirst[$0].stop }
            try await source.suggestChangeovers(of: &stops, questions[line])
            for (place, stop) in zip(places, stops) { newestFirst[place].stop = stop }
        }
    }

    /// At most so many of the newest, the newest first.
    func newest(_ most: Int = most) -> ArraySlice<(line: Int, stop: Stop)> {
        newestFirst.prefix(most)
    }
}
