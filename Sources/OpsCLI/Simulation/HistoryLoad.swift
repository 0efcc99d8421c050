import Foundation
import Shared

/// Sends the simulated past of a tenant's lines, day by day, oldest first.
///
/// What is there already is sent again and stored once, so a load that was cut short is simply repeated.
struct HistoryLoad {
    let api: PublicAPI
    let lines: [SimulatedLine]
    /// Nothing later is sent.
    let now: Instant

    /// Requests in flight at once.
    private static let parallel = 3

    /// What was sent.
    struct Totals: Encodable {
        var received = 0
        var stored = 0
        var duplicates = 0
        var rejected = 0

        static func += (totals: inout Totals, receipt: PublicAPI.Receipt) {
            totals.received += receipt.received
            totals.stored += receipt.stored
            totals.duplicates += receipt.duplicates
            totals.rejected += receipt.rejectedCount
        }
    }

    /// - Parameter report: told of each day when all of it is stored, with the totals so far.
    func run(days: Int, report: (LocalDate, Totals) -> Void) async throws -> Totals {
        var totals = Totals()
        // A day lies a little elsewhere in each line's zone; today's is sent as far as it has come.
        let latest = lines.map { $0.zone.date(of: now) }.max()
        guard let latest else { return totals }
        for date in (0...days).map({ latest + ($0 - days) }) {
            try await send(Self.batches(of: lines, on: date, until: now), &totals)
            report(date, totals)
        }
        return totals
    }

    /// Each batch is of one line, so that parallel ones do not wait for each other.
    private static func batches(
        of lines: [SimulatedLine], on date: LocalDate, until now: Instant
    ) -> [ArraySlice<SimulatedDetection>] {
        lines.flatMap { line in
            let day = LineDay.detections(of: line, on: date).prefix { $0.at <= now }
            return stride(from: 0, to: day.count, by: PublicAPI.batchLimit).map { start in
                day[start..<min(day.count, start + PublicAPI.batchLimit)]
            }
        }
    }

    private func send(_ batches: [ArraySlice<SimulatedDetection>], _ totals: inout Totals) async throws {
        try await withThrowingTaskGroup(of: PublicAPI.Receipt.self) { group in
            for (index, batch) in batches.enumerated() {
                if index >= Self.parallel, let receipt = try await group.next() { totals += receipt }
                group.addTask { try await api.patiently { try await api.send(batch) } }
            }
            while let receipt = try await group.next() { totals += receipt }
        }
    }
}
