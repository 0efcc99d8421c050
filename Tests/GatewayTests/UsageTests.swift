import IPC
import NIOCore
import Shared
import Testing

@testable import Gateway

@Suite struct UsageTests {
    @Test(arguments: [
        (#"{"received":20,"stored":18,"duplicates":2,"rejected":[],"rejected_count":0}"#, Int64(18)),
        (#"{"received": 20, "stored": 1000000, "duplicates": 2}"#, 1_000_000),
        (#"{"received":0,"stored":0}"#, 0),
        (#"{"received":20}"#, nil),
        (#"{"received":20,"stored":"#, nil),
        (#"{"received":20,"stored":null}"#, nil),
        ("", nil),
    ])
    func storedRowsAreRead(answer: String, rows: Int64?) {
        #expect(StoredRows.count(in: ByteBuffer(string: answer)) == rows)
    }

    @Test func aTenantsPlacesAreItsOwnAndComeBack() throws {
        let places = RequestsInFlight(most: 2)
        try places.begin(of: TenantID(1))
        try places.begin(of: TenantID(1))
        #expect(throws: Fault.self) { try places.begin(of: TenantID(1)) }
        try places.begin(of: TenantID(2))
        places.end(of: TenantID(1))
        try places.begin(of: TenantID(1))
        #expect(throws: Fault.self) { try places.begin(of: TenantID(1)) }
    }

    @Test func useIsTakenOnce() async throws {
        // swift-format-ignore: OnlyOneTrailingClosureArgument
        try await WorkersFixture.run(
            adjust: { $0.processLook = .milliseconds(20) },
            { workers in
                for _ in 1...3 { _ = try await workers.list() }
                let first = try await workers.list()
                let usage = workers.supervisor.takeUsage()[TenantID(1)]
                #expect(usage?.requests == 4)
                #expect((usage?.answerBytes ?? 0) >= 4 * Int64("\(first.processID) \(first.generation)".utf8.count))
                #expect(workers.supervisor.takeUsage()[TenantID(1)]?.requests ?? 0 == 0)
                // The sums go on over the end of a worker.
                workers.supervisor.restart(TenantID(1))
                #expect(await eventually { (try? await workers.list().generation) == first.generation + 1 })
                let requests = workers.supervisor.takeUsage()[TenantID(1)]?.requests ?? 0
                #expect(requests >= 1)
            }
        )
    }
}
