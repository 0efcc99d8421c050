import HTTPTypes
import Synchronization

/// Counts what the gateway serves, per route and class of status, with how long it took.
final class RequestMetrics: Sendable {
    /// Upper bounds of the histogram of durations, in microseconds.
    static let bounds: [Int64] = [
        1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000,
        15_000_000,
    ]

    private struct Row {
        var byClass = [Int](repeating: 0, count: 6)
        var buckets = [Int](repeating: 0, count: RequestMetrics.bounds.count + 1)
        var microseconds: Int64 = 0
    }

    private let labels: [String]
    private let rows: Mutex<[Row]>

    /// - Parameter routes: method and template of each route; requests of no route are counted apart.
    init(routes: [Route]) {
        labels =
            routes.map { "method=\"\($0.method.rawValue)\",route=\"\($0.template)\"" } + ["method=\"\",route=\"none\""]
        rows = Mutex(Array(repeating: Row(), count: routes.count + 1))
    }

    func count(route: Int?, status: Int, microseconds: Int64) {
        let bucket = Self.bounds.firstIndex { microseconds <= $0 } ?? Self.bounds.count
        rows.withLock { rows in
            let index = route ?? rows.count - 1
            rows[index].byClass[min(max(status / 100, 0), 5)] += 1
            rows[index].buckets[bucket] += 1
            rows[index].microseconds += microseconds
        }
    }

    /// In the text format of Prometheus.
    var exposition: String {
        let rows = rows.withLock { $0 }
        var text = """
            # HELP camet_http_requests_total Requests answered, by route and class of status.
            # TYPE camet_http_requests_total counter

            """
        for (label, row) in zip(labels, rows) {
            for (statusClass, count) in row.byClass.enumerated() where count > 0 {
                text += "camet_http_requests_total{\(label),status=\"\(statusClass)xx\"} \(count)\n"
            }
        }
        text += """
            # HELP camet_http_request_duration_seconds Time from the first byte of a request read to its answer made.
            # TYPE camet_http_request_duration_seconds histogram

            """
        for (label, row) in zip(labels, rows) where row.buckets.contains(where: { $0 > 0 }) {
            var total = 0
            for (bucket, count) in row.buckets.enumerated() {
                total += count
                let bound = bucket < Self.bounds.count ? "\(Double(Self.bounds[bucket]) / 1_000_000)" : "+Inf"
                text += "camet_http_request_duration_seconds_bucket{\(label),le=\"\(bound)\"} \(total)\n"
            }
            text += "camet_http_request_duration_seconds_sum{\(label)} \(Double(row.microseconds) / 1_000_000)\n"
            text += "camet_http_request_duration_seconds_count{\(label)} \(total)\n"
        }
        return text
    }
}
