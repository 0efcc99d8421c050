import Foundation
import Glibc
import IPC
import Logging
import NIOCore
import NIOPosix
import Shared

@testable import Gateway

/// A supervisor with real worker processes in a folder of its own.
final class WorkersFixture: Sendable {
    let data: String
    let supervisor: WorkerSupervisor
    let launcher: ChildProcessLauncher
    let loop: any EventLoop

    static let program: String = {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent("ipc-test-worker").path
    }()

    init(
        slug: String = "plain",
        program: String = WorkersFixture.program,
        data given: String? = nil,
        isClaiming: Bool = false,
        adjust: (inout WorkerSupervisorSettings) -> Void = { _ in },
        bootData: (@Sendable (TenantID) async throws -> TenantBootData)? = nil,
        all: (@Sendable () async throws -> [TenantName])? = nil
    ) throws {
        data = given ?? "/tmp/camet-\(UInt32.random(in: .min ... .max))"
        let folder = data
        try ListeningSocket.makeFolder(folder + "/run/w")
        var settings = WorkerSupervisorSettings(userID: geteuid(), firstGeneration: 1_000)
        settings.tick = .milliseconds(20)
        settings.lifecycle.beatInterval = .milliseconds(200)
        adjust(&settings)
        // The one folder that a worker may write to.
        launcher = try ChildProcessLauncher(
            ChildProcessSettings(program: program, environment: ["TMPDIR": folder], grace: .seconds(9)))
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let claims = isClaiming ? try TenantClaims(runFolder: data + "/run", logger: logger) : nil
        if given == nil { _ = try claims?.takeAll() }
        let group = MultiThreadedEventLoopGroup.singleton
        loop = group.next()
        supervisor = WorkerSupervisor(
            settings: settings,
            tenants: WorkerTenants(
                bootData: bootData ?? { _ in
                    TenantBootData(
                        slug: slug,
                        timeZone: "UTC",
                        database: folder,
                        limits: WorkerLimits(databaseConnections: 1, concurrentRequests: 1, openStreams: 1)
                    )
                },
                all: all
                    ?? {
                        [
                            TenantName(tenant: TenantID(1), slug: slug),
                            TenantName(tenant: TenantID(2), slug: "other"),
                        ]
                    }
            ),
            directory: WorkerDirectory(runFolder: data + "/run"),
            launcher: launcher,
            claims: claims,
            group: group,
            logger: logger
        )
    }

    /// Runs the supervisor around a test, and ends every process afterwards.
    ///
    /// - Parameters:
    ///   - data: the folder of one that runs already.
    ///   - isClaiming: whether tenants may be another gateway's; of a folder of its own all are this one's at first.
    static func run(
        slug: String = "plain",
        program: String = WorkersFixture.program,
        data: String? = nil,
        isClaiming: Bool = false,
        adjust: (inout WorkerSupervisorSettings) -> Void = { _ in },
        bootData: (@Sendable (TenantID) async throws -> TenantBootData)? = nil,
        all: (@Sendable () async throws -> [TenantName])? = nil,
        _ body: @Sendable @escaping (WorkersFixture) async throws -> Void
    ) async throws {
        let fixture = try WorkersFixture(
            slug: slug, program: program, data: data, isClaiming: isClaiming, adjust: adjust, bootData: bootData,
            all: all)
        defer {
            fixture.launcher.close()
            if data == nil { try? FileManager.default.removeItem(atPath: fixture.data) }
        }
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await fixture.supervisor.run() }
            let outcome: Result<Void, any Error>
            do {
                outcome = .success(try await body(fixture))
            } catch {
                outcome = .failure(error)
            }
            await fixture.supervisor.shutDown()
            try outcome.get()
        }
    }

    // MARK: Calls

    /// The process and generation that answered.
    struct Answered: Equatable, Sendable {
        var processID: Int32
        var generation: UInt64
    }

    func list(tenant: Int64 = 1, seconds: Int64 = 15) async throws -> Answered {
        try await call(ListMasterData(resource: .plants, limit: 1, after: 0), "list", tenant: tenant, seconds: seconds)
    }

    func read(_ name: String, seconds: Int64 = 15) async throws -> Answered {
        try await call(ReadMasterData(resource: .plants, id: 1), name, tenant: 1, seconds: seconds)
    }

    func write(_ name: String, seconds: Int64 = 15) async throws -> Answered {
        try await call(CreateMasterData(resource: .plants), name, tenant: 1, seconds: seconds)
    }

    func ingest(_ name: String, key: String) async throws -> Answered {
        try await call(IngestDetections(idempotencyKey: key, rejectedLimit: 20), name, tenant: 1, seconds: 15)
    }

    private func call(
        _ call: some WorkerCall,
        _ name: String,
        tenant: Int64,
        seconds: Int64
    ) async throws -> Answered {
        let reply = try await supervisor.call(
            call,
            principal: Principal(kind: .user(UserID(1), .viewer), tenant: TenantID(tenant)),
            requestID: name,
            deadline: .now() + .seconds(seconds),
            on: loop
        )
        guard case .whole(let body) = reply.body else { throw Unexpected(what: "a stream") }
        let words = String(buffer: body).split(separator: " ")
        guard words.count == 2, let processID = Int32(words[0]), let generation = UInt64(words[1]) else {
            throw Unexpected(what: String(buffer: body))
        }
        return Answered(processID: processID, generation: generation)
    }

    // MARK: Requests that a worker holds

    func block(_ name: String) {
        close(open("\(data)/\(name).block", O_CREAT | O_WRONLY, 0o600))
    }

    func unblock(_ name: String) {
        unlink("\(data)/\(name).block")
    }

    func hasBegun(_ name: String) async -> Bool {
        await eventually { access("\(self.data)/\(name).begun", F_OK) == 0 }
    }

    func row(tenant: Int64 = 1) async throws -> WorkerStatistics {
        guard let row = await supervisor.statistics().first(where: { $0.tenant == TenantID(tenant) }) else {
            throw Unexpected(what: "no row")
        }
        return row
    }
}

struct Unexpected: Error {
    var what: String
}

/// Looks again and again until it is so, for at most ten seconds.
func eventually(
    within limit: TimeAmount = .seconds(10),
    _ isSo: @Sendable () async throws -> Bool
) async -> Bool {
    let end = NIODeadline.now() + limit
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    while NIODeadline.now() < end {
        if (try? await isSo()) == true { return true }
        try? await loop.scheduleTask(in: .milliseconds(5)) {}.futureResult.get()
    }
    return false
}

func isAlive(_ processID: Int32) -> Bool {
    kill(processID, 0) == 0
}

/// Whether every thread has obeyed SIGSTOP.
func isStopped(_ processID: Int32) -> Bool {
    let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(processID)/task")) ?? []
    return tasks.allSatisfy { task in
        let status = try? String(contentsOfFile: "/proc/\(processID)/task/\(task)/stat", encoding: .utf8)
        return status?.contains(") T ") == true
    }
}

/// The fault that `body` ends with; nil when it ends well or otherwise.
func fault(_ body: () async throws -> some Sendable) async -> Fault? {
    do {
        _ = try await body()
        return nil
    } catch {
        return error as? Fault
    }
}
