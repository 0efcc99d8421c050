import ArgumentParser
import Foundation

/// `camet worker list`: what the running gateway says of its workers.
struct WorkerList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the workers of the running gateway.")

    @OptionGroup var common: CommonOptions

    /// One tenant's worker; nulls while it does not run.
    struct Item: Codable {
        let tenant: String
        let pid: Int?
        let state: String
        let startedAt: String?
        let rssBytes: Int?
        let requests: Int
        let restarts: Int
        /// Requests that are worked on or wait for the worker now, and of them those that wait.
        let inFlight: Int
        let waiting: Int
        /// Requests that met a quota, since the gateway started.
        let refused: Int
        /// That with the longest run first.
        let slowStatements: [Statement]

        private enum CodingKeys: String, CodingKey {
            case tenant
            case pid
            case state
            case startedAt = "started_at"
            case rssBytes = "rss_bytes"
            case requests
            case restarts
            case inFlight = "in_flight"
            case waiting
            case refused
            case slowStatements = "slow_statements"
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(tenant, forKey: .tenant)
            try container.encode(pid, forKey: .pid)
            try container.encode(state, forKey: .state)
            try container.encode(startedAt, forKey: .startedAt)
            try container.encode(rssBytes, forKey: .rssBytes)
            try container.encode(requests, forKey: .requests)
            try container.encode(restarts, forKey: .restarts)
            try container.encode(inFlight, forKey: .inFlight)
            try container.encode(waiting, forKey: .waiting)
            try container.encode(refused, forKey: .refused)
            try container.encode(slowStatements, forKey: .slowStatements)
        }
    }

    /// What the runs of one statement took since the worker started.
    struct Statement: Codable {
        let statement: String
        let runs: Int
        let slowRuns: Int
        let totalMilliseconds: Double
        let longestMilliseconds: Double
        /// Of the longest run; nil when it failed.
        let rows: Int?

        private enum CodingKeys: String, CodingKey {
            case statement
            case runs
            case slowRuns = "slow_runs"
            case totalMilliseconds = "total_ms"
            case longestMilliseconds = "longest_ms"
            case rows
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(statement, forKey: .statement)
            try container.encode(runs, forKey: .runs)
            try container.encode(slowRuns, forKey: .slowRuns)
            try container.encode(totalMilliseconds, forKey: .totalMilliseconds)
            try container.encode(longestMilliseconds, forKey: .longestMilliseconds)
            try container.encode(rows, forKey: .rows)
        }

        var text: String {
            let rows = rows.map { $0 == 1 ? ", 1 row" : ", \($0) rows" } ?? ", failed"
            return "\(statement) (\(Int(longestMilliseconds.rounded())) ms\(rows))"
        }
    }

    func run() async throws {
        let items = try GatewayWorkers(try common.openSettings()).list()
        try OpsAnswer.print(
            ItemList(items: items), json: common.json,
            text: OpsAnswer.table(
                [
                    "TENANT", "PID", "STATE", "STARTED", "RSS MIB", "REQUESTS", "RESTARTS", "IN FLIGHT", "WAITING",
                    "REFUSED",
                ],
                items.map { item in
                    [
                        item.tenant, item.pid.map(String.init) ?? "-", item.state, item.startedAt ?? "-",
                        item.rssBytes.map { String($0 >> 20) } ?? "-", String(item.requests), String(item.restarts),
                        String(item.inFlight), String(item.waiting), String(item.refused),
                    ]
                }) + Self.slowStatements(items))
    }

    /// A line for each worker that has run statements.
    private static func slowStatements(_ items: [Item]) -> [String] {
        items.filter { !$0.slowStatements.isEmpty }.map { item in
            "Longest runs of \(item.tenant): \(item.slowStatements.map(\.text).joined(separator: ", "))"
        }
    }
}
