import Foundation
import Glibc
import IPC
import NIOCore
import Shared
import Synchronization
import Testing

@testable import Gateway

@Suite(.serialized) struct WorkersSupervisorTests {
    @Test func concurrentFirstRequestsShareOneStart() async throws {
        try await WorkersFixture.run { workers in
            let answers = try await withThrowingTaskGroup(of: WorkersFixture.Answered.self) { tasks in
                for _ in 0..<50 { tasks.addTask { try await workers.list() } }
                return try await tasks.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.count == 50)
            #expect(answers.allSatisfy { $0 == answers[0] })
            #expect(answers[0].generation == 1_001)
            let other = try await workers.list(tenant: 2)
            #expect(other.processID != answers[0].processID)
            let row = try await workers.row()
            #expect(row.processID == answers[0].processID)
            #expect(row.state == .ready)
            #expect(row.requests > 0 && row.requests <= 50)
            #expect((row.residentBytes ?? 0) > 1_000_000)
            #expect(row.restarts == 0)
            #expect(row.startedAt != nil)
        }
    }

    @Test func killedInFlightReadsAreRepeatedAndWritesAreNot() async throws {
        try await WorkersFixture.run { workers in
            let first = try await workers.list()
            workers.block("r")
            workers.block("w")
            async let read = workers.read("r")
            async let write = fault { try await workers.write("w") }
            #expect(await workers.hasBegun("r"))
            #expect(await workers.hasBegun("w"))
            kill(first.processID, SIGKILL)
            #expect(await write == Fault(code: .outcomeUnknown))
            workers.unblock("r")
            let repeated = try await read
            #expect(repeated.generation == first.generation + 1)
            #expect(repeated.processID != first.processID)
            let restarts = try await workers.row().restarts
            #expect(restarts == 1)
            // The control: undisturbed, the same write is answered.
            workers.unblock("w")
            let answered = try await workers.write("w")
            #expect(answered == repeated)
        }
    }

    /// The first worker may have stored it, so nobody may be told that nothing was done; of a read that is no matter.
    @Test func aKeyedWriteThatCannotBeRepeatedHasAnUnknownOutcome() async throws {
        let isAway = Mutex(false)
        let folder = Mutex("")
        // swift-format-ignore: OnlyOneTrailingClosureArgument
        try await WorkersFixture.run(
            bootData: { _ in
                if isAway.withLock({ $0 }) { throw Fault(code: .databaseUnavailable) }
                return TenantBootData(
                    slug: "plain",
                    timeZone: "UTC",
                    database: folder.withLock { $0 },
                    limits: WorkerLimits(databaseConnections: 1, concurrentRequests: 1, openStreams: 1)
                )
            },
            { workers in
                folder.withLock { $0 = workers.data }
                let first = try await workers.list()
                for name in ["write", "read"] { workers.block(name) }
                async let written = fault { try await workers.ingest("write", key: "once") }
                async let asked = fault { try await workers.read("read") }
                for name in ["write", "read"] { #expect(await workers.hasBegun(name)) }
                isAway.withLock { $0 = true }
                kill(first.processID, SIGKILL)
                #expect(await written?.code == .outcomeUnknown)
                #expect(await asked?.code == .databaseUnavailable)
            }
        )
    }

    @Test func aHungWorkerIsReplaced() async throws {
        try await WorkersFixture.run { workers in
            let first = try await workers.list()
            kill(first.processID, SIGSTOP)
            #expect(await eventually { isStopped(first.processID) })
            let began = NIODeadline.now()
            let next = try await workers.list()
            #expect(NIODeadline.now() - began < .seconds(10))
            #expect(next.generation > first.generation)
            #expect(await eventually { !isAlive(first.processID) })
        }
    }

    @Test func aRequestToAHungWorkerEndsAtItsDeadline() async throws {
        // swift-format-ignore: OnlyOneTrailingClosureArgument
        try await WorkersFixture.run(adjust: { $0.lifecycle.beatInterval = .seconds(5) }) { workers in
            let first = try await workers.list()
            kill(first.processID, SIGSTOP)
            #expect(await eventually { isStopped(first.processID) })
            #expect(await fault { try await workers.list(seconds: 1) }?.code == .deadlineExceeded)
            kill(first.processID, SIGCONT)
            let again = try await workers.list()
            #expect(again == first)
        }
    }

    @Test func crashesAtEveryStartBackOff() async throws {
        try await WorkersFixture.run(slug: "crash") { workers in
            let refused = await fault { try await workers.list() }
            #expect(refused?.code == .workerBackoff)
            #expect((refused?.retryAfterSeconds ?? 0) >= 1)
            let state = try await workers.row().state
            #expect(state == .backingOff)
            let processID = try await workers.row().processID
            #expect(processID == nil)
        }
    }

    @Test func aMissingProgramBacksOff() async throws {
        try await WorkersFixture.run(program: "/nowhere/camet-worker") { workers in
            #expect(await fault { try await workers.list() }?.code == .workerBackoff)
        }
    }

    @Test func aRegistryThatIsAwayIsNoFailureOfTheWorker() async throws {
        let isAway = Flag()
        isAway.value = true
        // swift-format-ignore: OnlyOneTrailingClosureArgument
        try await WorkersFixture.run(
            bootData: { _ in
                if isAway.value { throw Fault(code: .databaseUnavailable, retryAfterSeconds: 7) }
                return TenantBootData(
                    slug: "plain",
                    timeZone: "UTC",
                    database: "/nowhere",
                    limits: WorkerLimits(databaseConnections: 1, concurrentRequests: 1, openStreams: 1)
                )
            }
        ) { workers in
            // More often than failures are forgiven.
            for _ in 1...8 {
                let refused = await fault { try await workers.list() }
                #expect(refused == Fault(code: .databaseUnavailable, retryAfterSeconds: 1))
            }
            let state = try await workers.row().state
            #expect(state == .idle)
            isAway.value = false
            _ = try await workers.list()
        }
    }

    @Test func aStrangerIsNeverServed() async throws {
        try await WorkersFixture.run(slug: "stranger") { workers in
            #expect(await fault { try await workers.list() }?.code == .workerBackoff)
        }
    }

    @Test func waitingIsBounded() async throws {
        // swift-format-ignore: OnlyOneTrailingClosureArgument
        try await WorkersFixture.run(
            slug: "silent",
            adjust: {
                // Both come within it.
                $0.longestWait = .seconds(2)
                $0.requestsWaitingOfTenant = 1
            }
        ) { workers in
            async let first = fault { try await workers.list() }
            async let second = fault { try await workers.list() }
            let faults = await [first, second]
            #expect(Set(faults.compactMap { $0?.code }) == [.workerStarting, .rateLimited], "\(faults)")
            #expect(faults.allSatisfy { $0?.retryAfterSeconds == 1 }, "\(faults)")
            #expect(faults.compactMap { $0?.limit } == [.requestsWaiting])
            #expect(await fault { try await workers.list(seconds: 0) }?.code == .deadlineExceeded)
        }
    }

    @Test func restartFinishesWhatIsInFlight() async throws {
        try await WorkersFixture.run { workers in
            let first = try await workers.list()
            workers.block("w")
            async let write = workers.write("w")
            #expect(await workers.hasBegun("w"))
            workers.supervisor.restart(TenantID(1))
            let state = try await workers.row().state
            #expect(state == .draining)
            workers.unblock("w")
            #expect(try await write == first)
            let next = try await workers.list()
            #expect(next.generation == first.generation + 1)
            #expect(await eventually { !isAlive(first.processID) })
        }
    }

    @Test func aWorkerToldToEndFromOutsideLosesNothing() async throws {
        try await WorkersFixture.run { workers in
            let first = try await workers.list()
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for client in 0..<40 {
                    tasks.addTask {
                        for number in 0..<20 {
                            if client == 0, number == 5 { kill(first.processID, SIGTERM) }
                            _ = try await workers.write("n\(client)-\(number)")
                        }
                    }
                }
                try await tasks.waitForAll()
            }
            let generation = try await workers.list().generation
            #expect(generation == first.generation + 1)
            let restarts = try await workers.row().restarts
            #expect(restarts == 0)
        }
    }

    @Test func endsWhenIdleAndStartsAgain() async throws {
        // swift-format-ignore: OnlyOneTrailingClosureArgument
        try await WorkersFixture.run(adjust: { $0.lifecycle.idleAfter = .milliseconds(300) }) { workers in
            let first = try await workers.list()
            #expect(await eventually { try await workers.row().state == .idle })
            #expect(await eventually { !isAlive(first.processID) })
            let processID = try await workers.row().processID
            #expect(processID == nil)
            let generation = try await workers.list().generation
            #expect(generation == first.generation + 1)
            let restarts = try await workers.row().restarts
            #expect(restarts == 0)
        }
    }

    @Test func aDrainedTenantHasNoWorker() async throws {
        try await WorkersFixture.run { workers in
            let first = try await workers.list()
            workers.supervisor.drain(TenantID(1))
            #expect(await fault { try await workers.list() }?.code == .workerDraining)
            #expect(await eventually { !isAlive(first.processID) })
            let neighbour = try await workers.list(tenant: 2).processID
            #expect(neighbour != first.processID)
            #expect(workers.supervisor.restart(TenantID(1)))
            let generation = try await workers.list().generation
            #expect(generation == first.generation + 1)
        }
    }

    @Test func shutDownWaitsForWhatIsInFlight() async throws {
        try await WorkersFixture.run { workers in
            let first = try await workers.list()
            workers.block("w")
            async let write = workers.write("w")
            #expect(await workers.hasBegun("w"))
            async let end: Void = workers.supervisor.shutDown()
            workers.unblock("w")
            #expect(try await write == first)
            await end
            #expect(!isAlive(first.processID))
            #expect(await fault { try await workers.list() }?.code == .workerDraining)
        }
    }

    @Test func shutDownDoesNotWaitForARegistryThatHangs() async throws {
        let gate = AsyncStream<Never>.makeStream()
        // swift-format-ignore: OnlyOneTrailingClosureArgument
        try await WorkersFixture.run(
            adjust: { $0.longestShutDown = .milliseconds(200) },
            bootData: { _ in
                for await _ in gate.stream {}
                throw CancellationError()
            },
            { workers in
                async let refused = fault { try await workers.list() }
                #expect(await eventually { workers.supervisor.state.withLock { !$0.slots.isEmpty } })
                await workers.supervisor.shutDown()
                #expect(await refused?.code == .workerDraining)
            }
        )
    }

    @Test func aStaleSocketIsReplacedAndAFileIsNot() async throws {
        try await WorkersFixture.run { workers in
            let path = workers.data + "/run/w/1.sock"
            close(try ListeningSocket.make(path: path))
            #expect(access(path, F_OK) == 0)
            _ = try await workers.list()
            var status = stat()
            #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
            #expect(stat(workers.data + "/run/w", &status) == 0 && status.st_mode & 0o777 == 0o700)
            #expect(FileManager.default.createFile(atPath: workers.data + "/run/w/2.sock", contents: nil))
            #expect(await fault { try await workers.list(tenant: 2) }?.code == .workerBackoff)
        }
    }

    @Test func aCancelledRequestStopsWaiting() async throws {
        try await WorkersFixture.run(slug: "silent") { workers in
            let task = Task { await fault { try await workers.list() } }
            #expect(
                await eventually { workers.supervisor.state.withLock { $0.slots[TenantID(1)]?.waiters.count } == 1 })
            task.cancel()
            #expect(await task.value?.code == .deadlineExceeded)
            #expect(workers.supervisor.state.withLock { $0.slots[TenantID(1)]?.waiters.count } == 0)
        }
    }
}

/// Something that a test changes while others look at it.
private final class Flag: Sendable {
    private let state = Mutex(false)

    var value: Bool {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }
}
