import IPC
import PostgresClient
import Shared
import Synchronization

/// The slowest statements of the gateway and of all running workers, for /metrics: ten series of each figure, whatever the
/// number of client companies.
struct StatementMetrics: Sendable {
    private static let longestHelp = "Longest run of a statement: the ten longest of the gateway and all workers."

    let pool: PostgresPool
    let workers: WorkerSupervisor

    /// A statement of one process.
    private struct Row {
        /// Empty: the gateway itself.
        var slug: String
        var statement: SlowStatement

        var labels: String { "tenant=\"\(slug)\",statement=\"\(statement.name)\"" }
    }

    /// In the text format of Prometheus.
    func exposition() async -> String {
        var rows = pool.statistics.byStatement.prefix(SlowStatements.most).map {
            Row(slug: "", statement: SlowStatement($0))
        }
        let slugs = workers.state.withLock { state in state.slots.mapValues(\.slug) }
        for (tenant, statements) in await workers.slowStatements() {
            guard let slug = slugs[tenant] ?? nil else { continue }
            rows += statements.map { Row(slug: slug, statement: $0) }
        }
        rows.sort { $0.statement.longestMicroseconds > $1.statement.longestMicroseconds }
        rows.removeSubrange(min(rows.count, SlowStatements.most)...)
        return Self.text(rows)
    }

    private static func text(_ rows: [Row]) -> String {
        family("camet_statement_longest_seconds", "gauge", longestHelp, rows) { seconds($0.longestMicroseconds) }
            + family(
                "camet_statement_longest_rows", "gauge", "Rows that run gave or touched; none when it failed.", rows
            ) { $0.rowsOfLongest.map(String.init) }
            + family("camet_statement_seconds_total", "counter", "Time of all runs.", rows) {
                seconds($0.totalMicroseconds)
            }
            + family("camet_statement_runs_total", "counter", "Runs.", rows) { String($0.runs) }
            + family("camet_statement_slow_runs_total", "counter", "Runs that were logged as slow.", rows) {
                String($0.slowRuns)
            }
    }

    private static func family(
        _ name: String, _ type: String, _ help: String, _ rows: [Row], _ value: (SlowStatement) -> String?
    ) -> String {
        rows.reduce(into: "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n") { text, row in
            if let value = value(row.statement) { text += "\(name){\(row.labels)} \(value)\n" }
        }
    }

    private static func seconds(_ microseconds: UInt64) -> String { "\(Double(microseconds) / 1_000_000)" }
}

extension SlowStatement {
    fileprivate init(_ figures: StatementFigures) {
        self.init(
            name: figures.name,
            runs: UInt64(figures.runs),
            slowRuns: UInt64(figures.slowRuns),
            totalMicroseconds: figures.totalMicroseconds,
            longestMicroseconds: figures.longestMicroseconds,
            rowsOfLongest: figures.rowsOfLongest.map { UInt64($0) }
        )
    }
}
