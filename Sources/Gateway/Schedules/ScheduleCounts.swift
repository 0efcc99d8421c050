import Shared
import Synchronization

/// What has become of scheduled work since the gateway started, as /metrics tells it.
final class ScheduleCounts: Sendable {
    enum Outcome: String, CaseIterable, Sendable {
        case done
        /// Another gateway was at it, or has the tenant.
        case busy
        case failed
        /// The gateway ended meanwhile.
        case interrupted
    }

    private struct State {
        var counts: [ScheduledWork: [Outcome: Int]] = [:]
        var running = 0
        var lateSeconds: Int64 = 0
    }

    private let state = Mutex(State())

    func begin() {
        state.withLock { $0.running += 1 }
    }

    func end(_ work: ScheduledWork, _ outcome: Outcome) {
        state.withLock { state in
            state.running -= 1
            state.counts[work, default: [:]][outcome, default: 0] += 1
        }
    }

    /// - Parameter microseconds: how long that has been due which has been due for longest and is not begun with.
    func noteLate(_ microseconds: Int64) {
        state.withLock { $0.lateSeconds = max(0, microseconds / Instant.microsecondsPerSecond) }
    }

    /// In the text format of Prometheus.
    func exposition() -> String {
        let state = state.withLock { $0 }
        var text = """
            # HELP camet_scheduled_work_total Scheduled work of client companies, by what became of it.
            # TYPE camet_scheduled_work_total counter

            """
        for work in ScheduledWork.allCases {
            for outcome in Outcome.allCases {
                let count = state.counts[work]?[outcome] ?? 0
                let labels = "work=\"\(work.rawValue)\",outcome=\"\(outcome.rawValue)\""
                text += "camet_scheduled_work_total{\(labels)} \(count)\n"
            }
        }
        text += """
            # HELP camet_scheduled_work_running Scheduled work that is being done.
            # TYPE camet_scheduled_work_running gauge
            camet_scheduled_work_running \(state.running)
            # HELP camet_scheduled_work_late_seconds How long work has been due that waits for its place.
            # TYPE camet_scheduled_work_late_seconds gauge
            camet_scheduled_work_late_seconds \(state.lateSeconds)

            """
        return text
    }
}
