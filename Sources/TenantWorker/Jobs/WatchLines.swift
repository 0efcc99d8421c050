import Logging
import ManufacturingKPI
import Shared

/// Once a second, while anybody follows: notices lines whose state has changed and stops that have begun or ended.
struct WatchLines {
    let requests: WorkerRequests

    private struct Seen: Equatable {
        var status: String
        var stopStart: Instant?
    }

    /// Runs until its task is cancelled.
    func run() async {
        var seen: [LineID: Seen] = [:]
        while (try? await ContinuousClock().sleep(for: .seconds(1))) != nil {
            guard requests.events.followerCount > 0 else {
                seen = [:]
                continue
            }
            do {
                try await look(&seen)
            } catch {
                requests.logger.debug("lines could not be looked at", metadata: ["error": "\(error)"])
            }
        }
    }

    private func look(_ seen: inout [LineID: Seen]) async throws {
        let deadline = ContinuousClock.now + .seconds(5)
        let model = try await requests.models.model(deadline: deadline)
        let questions = LineQuestions(
            model: model,
            pool: requests.pool,
            timelines: requests.timelines,
            stops: requests.stops,
            watches: requests.watches,
            now: requests.clock(),
            deadline: deadline
        )
        for line in model.lines where line.isActive {
            let state = try await LineState(line, questions)
            let now = Seen(status: state.status.name, stopStart: state.runningStop?.interval.start)
            defer { seen[line.id] = now }
            guard let before = seen[line.id], before != now else { continue }
            if before.status != now.status {
                requests.events.publish(.lineStatus(line: line.id, status: now.status))
            }
            if let start = before.stopStart, now.stopStart != start {
                requests.events.publish(
                    .downtimeEnded(line: line.id, start: start, end: state.lastDetection ?? questions.now))
            }
            if let start = now.stopStart, before.stopStart != start {
                requests.events.publish(.downtimeStarted(line: line.id, start: start))
            }
        }
    }
}
