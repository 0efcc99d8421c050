import Foundation
import PostgresClient
import TestSupport
import Testing

/// What a pool costs; printed, with limits far above so that only a blunder fails.
@Suite(.serialized) struct CostTests {
    private func status(_ field: String) throws -> Int {
        let text = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = text.split(separator: "\n").first { $0.hasPrefix(field + ":") }
        return line.flatMap { Int($0.split(whereSeparator: { " \t".contains($0) })[1]) } ?? 0
    }

    @Test func roundTripAndIdlePool() async throws {
        try await withPool(connections: 1) { pool in
            let one = Statement("One", "select 1")
            var times: [Duration] = []
            try await pool.withConnection(deadline: soon) { connection in
                for _ in 0..<2000 {
                    let start = ContinuousClock.now
                    _ = try await connection.query(one, deadline: soon)
                    times.append(start.duration(to: .now))
                }
            }
            times.sort()
            print("SELECT 1 prepared on a leased connection: median \(times[1000]), p99 \(times[1980])")
            #expect(times[1000] < .milliseconds(20))
        }
        let cluster = try PostgresCluster.shared()
        func tell(_ what: String, _ pools: Int, _ before: (memory: Int, threads: Int)) throws {
            let memory = Double(try status("VmRSS") - before.memory) / Double(pools)
            let threads = Double(try status("Threads") - before.threads) / Double(pools)
            print("\(what): \(memory) KiB resident and \(threads) threads each")
            #expect(memory < 1024)
        }
        let before = (memory: try status("VmRSS"), threads: try status("Threads"))
        var pools: [PostgresPool] = []
        for _ in 0..<20 { pools.append(try PostgresPool(cluster.settings(), logger: quiet)) }
        try tell("20 unused pools", 20, before)
        for pool in pools { _ = try await pool.query(Statement("One", "select 1"), deadline: soon) }
        try tell("20 pools with one idle connection", 20, before)
        for pool in pools { await pool.close() }
    }
}
