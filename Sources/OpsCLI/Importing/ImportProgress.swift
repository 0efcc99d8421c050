import Foundation

/// Tells on standard error how far an import has come: a bar on a terminal, otherwise a line every few seconds.
final class ImportProgress {
    private static let lineEvery = Duration.seconds(5)
    private static let barEvery = Duration.milliseconds(200)
    private static let barWidth = 30

    private let name: String
    private let isTerminal = isatty(2) == 1
    private let began = ContinuousClock.now
    private var toldAt = ContinuousClock.now
    private var isBarOpen = false

    init(_ name: String) {
        self.name = name
    }

    /// The file is being read for the first time.
    func reading(_ rows: Int) {
        guard isDue() else { return }
        tell("reading, \(rows) rows")
    }

    /// - Parameters:
    ///   - rows: done, those of earlier runs included.
    ///   - since: done in this run.
    func sent(_ rows: Int, of all: Int, since: Int, isLast: Bool) {
        guard isDue() || isLast else { return }
        let share = all == 0 ? 100 : rows * 100 / all
        let passed = ContinuousClock.now - began
        let seconds = Double(passed.components.seconds) + Double(passed.components.attoseconds) / 1e18
        let rate = seconds > 0 ? Int(Double(since) / seconds) : 0
        var text = "\(share) %, \(rows) of \(all) rows, \(rate) rows/s"
        if isTerminal {
            let full = Self.barWidth * share / 100
            text =
                "[" + String(repeating: "#", count: full) + String(repeating: "-", count: Self.barWidth - full) + "] "
                + text
        }
        tell(text)
        if isLast { close() }
    }

    /// Ends a bar's line.
    func close() {
        if isBarOpen { Self.write("\n") }
        isBarOpen = false
    }

    private func isDue() -> Bool {
        let now = ContinuousClock.now
        if now - toldAt < (isTerminal ? Self.barEvery : Self.lineEvery) { return false }
        toldAt = now
        return true
    }

    private func tell(_ text: String) {
        // Goes back to the line's start and clears what is left of it.
        Self.write(isTerminal ? "\r\(name): \(text)\u{1B}[K" : "\(name): \(text)\n")
        isBarOpen = isTerminal
    }

    private static func write(_ text: String) {
        FileHandle.standardError.write(Data(text.utf8))
    }
}
