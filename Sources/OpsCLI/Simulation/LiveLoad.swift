import Foundation
import Shared

/// Sends what the cameras of a tenant's lines see now, a batch a second, until it is cancelled.
///
/// While the server is away the detections wait and are sent afterwards.
struct LiveLoad {
    let api: PublicAPI
    let tenant: String
    let clock: @Sendable () -> Instant
    let report: (String) -> Void

    /// How far back a start fills in what was missed since the line's last detection.
    private static let longestGap: Int64 = 24 * 3_600 * Instant.microsecondsPerSecond

    private struct Status: Decodable {
        struct Line: Decodable {
            let lineId: Int64
            let lastDetection: String?
        }

        let lines: [Line]
    }

    /// Ends only by throwing: `CancellationError`, or why the server will have none of it.
    func run() async throws {
        var feeds = try await openFeeds()
        report("\(feeds.count) lines at real time")
        var waiting: [SimulatedDetection] = []
        var isAway = false
        var nextSecond = ContinuousClock.now
        while true {
            nextSecond = max(nextSecond + .seconds(1), ContinuousClock.now)
            try await ContinuousClock().sleep(until: nextSecond)
            let now = clock()
            for index in feeds.indices { waiting += feeds[index].due(until: now) }
            while !waiting.isEmpty {
                do {
                    let receipt = try await api.send(waiting.prefix(PublicAPI.batchLimit))
                    if receipt.rejectedCount > 0, let first = receipt.rejected.first {
                        report("\(receipt.rejectedCount) rejected: \(first.code), \(first.message)")
                    }
                    waiting.removeFirst(min(waiting.count, PublicAPI.batchLimit))
                    if isAway { report("sent what had waited") }
                    isAway = false
                } catch {
                    try Task.checkCancellation()
                    switch PublicAPI.Refusal(error) {
                    case .later(let seconds, let why):
                        if !isAway { report("waiting: \(why)") }
                        isAway = true
                        nextSecond = ContinuousClock.now + .seconds(seconds - 1)
                    case .never(let why):
                        // A line or area may be gone: what they are now decides what is sent from here on.
                        report(why)
                        waiting = []
                        feeds = try await openFeeds()
                    }
                    break
                }
            }
        }
    }

    private func openFeeds() async throws -> [LineFeed] {
        let lines = try await PlantDescription(api).simulatedLines(of: tenant)
        guard !lines.isEmpty else { throw OpsFailure("tenant \(tenant) has no line with an output area and products") }
        let status: Status = try await api.read("/api/v1/line-status")
        let now = clock()
        return try lines.map { line in
            let last = try status.lines.first { $0.lineId == line.id }?.lastDetection.map { try Instant(iso8601: $0) }
            return LineFeed(line, after: max(min(last ?? now, now), now + (-Self.longestGap)))
        }
    }
}
