import Foundation
import IPC
import NIOCore
import Shared

/// What the operations CLI asks a running gateway: one line of JSON with a `verb`.
enum AdminRequest: Equatable {
    case workerList
    case workerRestart(tenant: String)
    /// Ends the worker and starts none until `workerRestart`.
    case workerDrain(tenant: String)
    /// Asked by another gateway, which takes the place of this one, and its tenants one by one or all at its end.
    case gatewayYield(movesTenants: Bool)
    /// All stops of a line anew.
    case stopsRebuild(tenant: String, line: LineID)

    /// Why a line is not a request; for people.
    struct Refusal: Error, Equatable {
        var text: String
    }

    private struct Line: Decodable {
        private enum CodingKeys: String, CodingKey {
            case verb, tenant, line
            case movesTenants = "moves_tenants"
        }

        var verb: String?
        var tenant: String?
        var line: Int64?
        var movesTenants: Bool?
    }

    init(line: ByteBuffer) throws(Refusal) {
        guard let line = try? JSONDecoder().decode(Line.self, from: Data(line.readableBytesView)) else {
            throw Refusal(text: "not a JSON object with a verb")
        }
        switch line.verb {
        case "worker_list":
            self = .workerList
        case "worker_restart":
            guard let tenant = line.tenant else { throw Refusal(text: "worker_restart needs tenant, a slug") }
            self = .workerRestart(tenant: tenant)
        case "worker_drain":
            guard let tenant = line.tenant else { throw Refusal(text: "worker_drain needs tenant, a slug") }
            self = .workerDrain(tenant: tenant)
        case "gateway_yield":
            self = .gatewayYield(movesTenants: line.movesTenants ?? false)
        case "stops_rebuild":
            guard let tenant = line.tenant, let number = line.line else {
                throw Refusal(text: "stops_rebuild needs tenant, a slug, and line, a number")
            }
            self = .stopsRebuild(tenant: tenant, line: LineID(number))
        case .some(let verb):
            throw Refusal(text: "unknown verb: \(verb)")
        case nil:
            throw Refusal(text: "verb is missing")
        }
    }
}

/// The answer to a request: one line of JSON.
enum AdminAnswer {
    case workers([WorkerStatistics])
    case done
    /// A worker's own answer: one object of JSON.
    case worker(ByteBuffer)
    case refused(String)

    private struct Workers: Encodable {
        var items: [Worker]
    }

    private struct Worker: Encodable {
        private enum Keys: String, CodingKey {
            case tenant, pid, state, requests, restarts
            case tenantID = "tenant_id"
            case startedAt = "started_at"
            case residentBytes = "rss_bytes"
            case requestsInFlight = "in_flight"
            case requestsWaiting = "waiting"
            case requestsRefused = "refused"
            case slowStatements = "slow_statements"
        }

        var row: WorkerStatistics

        /// Every key is always there: what is not known is null.
        func encode(to encoder: any Encoder) throws {
            var values = encoder.container(keyedBy: Keys.self)
            try values.encode(row.slug, forKey: .tenant)
            try values.encode(row.tenant.rawValue, forKey: .tenantID)
            try values.encode(row.processID, forKey: .pid)
            try values.encode(row.state.rawValue, forKey: .state)
            let started = row.startedAt.map { Date(timeIntervalSince1970: Double($0.microseconds / 1_000_000)) }
            try values.encode(started?.formatted(.iso8601), forKey: .startedAt)
            try values.encode(row.residentBytes, forKey: .residentBytes)
            try values.encode(row.requests, forKey: .requests)
            try values.encode(row.restarts, forKey: .restarts)
            try values.encode(row.requestsInFlight, forKey: .requestsInFlight)
            try values.encode(row.requestsWaiting, forKey: .requestsWaiting)
            try values.encode(row.requestsRefused, forKey: .requestsRefused)
            try values.encode(row.slowStatements.map { Statement(row: $0) }, forKey: .slowStatements)
        }
    }

    private struct Statement: Encodable {
        private enum Keys: String, CodingKey {
            case statement, runs, rows
            case slowRuns = "slow_runs"
            case totalMilliseconds = "total_ms"
            case longestMilliseconds = "longest_ms"
        }

        var row: SlowStatement

        func encode(to encoder: any Encoder) throws {
            var values = encoder.container(keyedBy: Keys.self)
            try values.encode(row.name, forKey: .statement)
            try values.encode(row.runs, forKey: .runs)
            try values.encode(row.slowRuns, forKey: .slowRuns)
            try values.encode(Double(row.totalMicroseconds) / 1_000, forKey: .totalMilliseconds)
            try values.encode(Double(row.longestMicroseconds) / 1_000, forKey: .longestMilliseconds)
            try values.encode(row.rowsOfLongest, forKey: .rows)
        }
    }

    private struct Done: Encodable {
        var ok = true
    }

    private struct Refused: Encodable {
        var error: String
    }

    var line: ByteBuffer {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let data: Data? =
            switch self {
            case .workers(let rows): try? encoder.encode(Workers(items: rows.map { Worker(row: $0) }))
            case .done: try? encoder.encode(Done())
            case .worker(let bytes): Data(bytes.readableBytesView)
            case .refused(let text): try? encoder.encode(Refused(error: text))
            }
        var buffer = ByteBuffer()
        buffer.writeBytes(data ?? Data(#"{"error":"no answer can be written"}"#.utf8))
        buffer.writeString("\n")
        return buffer
    }
}
