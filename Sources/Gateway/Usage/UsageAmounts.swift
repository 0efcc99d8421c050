import IPC
import Shared

/// What a client company has used.
struct UsageAmounts: Equatable, Sendable {
    /// Requests that reached its worker.
    var requests: Int64 = 0
    /// Detections stored for it, by way of the API.
    var rows: Int64 = 0
    /// Bytes of the bodies of those requests, and of the answers.
    var requestBytes: Int64 = 0
    var answerBytes: Int64 = 0
    /// Processor time of its workers.
    var processorMicroseconds: Int64 = 0

    static func += (left: inout UsageAmounts, right: UsageAmounts) {
        left.requests += right.requests
        left.rows += right.rows
        left.requestBytes += right.requestBytes
        left.answerBytes += right.answerBytes
        left.processorMicroseconds += right.processorMicroseconds
    }
}

extension UsageAmounts {
    /// What has gone over a tenant's connections since the sums were taken before.
    init(from before: WorkerTraffic.Sums, to now: WorkerTraffic.Sums) {
        requests = Int64(now.requests - before.requests)
        requestBytes = Int64(now.requestBytes - before.requestBytes)
        answerBytes = Int64(now.answerBytes - before.answerBytes)
    }
}
