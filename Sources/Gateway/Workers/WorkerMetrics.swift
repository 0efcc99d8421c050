import NIOCore
import Shared
import Synchronization

/// The workers as /metrics tells of them: counts by state, and by what became of them. A tenant is named only while its worker
/// is given a pause.
struct WorkerMetrics: Sendable {
    let workers: WorkerSupervisor

    /// In the text format of Prometheus.
    func exposition() -> String {
        let (slots, counts) = workers.state.withLock { ($0.slots, $0.counts) }
        var byState: [WorkerStateName: Int] = [:]
        for slot in slots.values { byState[WorkerStateName(slot.lifecycle.state), default: 0] += 1 }
        let memory = slots.values.compactMap { $0.process?.memory?.ownBytes }
        var text = ""
        family(
            "camet_workers", "gauge", "Client companies that have had a worker, by what it does now.",
            WorkerStateName.allCases.map { ("{state=\"\($0.rawValue)\"}", byState[$0] ?? 0) }, &text)
        family(
            "camet_workers_memory_bytes", "gauge", "Memory of all workers that they share with nobody.",
            [("", memory.reduce(0, +))], &text)
        family(
            "camet_worker_requests_waiting", "gauge", "Requests that wait for a worker.",
            [("", slots.values.reduce(0) { $0 + $1.waiters.count })], &text)
        family("camet_worker_starts_total", "counter", "Starts of workers.", [("", counts.starts)], &text)
        family(
            "camet_worker_ends_total", "counter", "Workers told to end or killed, or ended by themselves, by why.",
            WorkerLifecycle.DrainCause.allCases.map { ("{cause=\"\($0.rawValue)\"}", counts.ended[$0] ?? 0) } + [
                ("{cause=\"crashed\"}", counts.crashed), ("{cause=\"not_started\"}", counts.notStarted),
            ], &text)
        family(
            "camet_worker_backoffs_total", "counter", "Pauses given to a worker that failed too often.",
            [("", counts.backOffs)], &text)
        let pausing = slots.values.compactMap { slot -> (String, Int)? in
            guard case .backingOff(let until) = slot.lifecycle.state, let slug = slot.slug else { return nil }
            return ("{tenant=\"\(slug)\"}", Int(max(0, (until - .now()).nanoseconds / 1_000_000_000)))
        }
        family(
            "camet_worker_backoff_seconds", "gauge", "What is left of a worker's pause.",
            pausing.sorted { $0.0 < $1.0 }, &text)
        return text + workers.refusals.exposition()
    }

    private func family(
        _ name: String, _ type: String, _ help: String, _ rows: [(labels: String, value: Int)], _ text: inout String
    ) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
        for row in rows { text += "\(name)\(row.labels) \(row.value)\n" }
    }
}
