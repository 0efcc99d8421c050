import Foundation
import Glibc
import Logging
import NIOCore
import NIOPosix
import Shared
import Testing

@testable import Gateway

@Suite(.serialized) struct WorkersAdminSocketTests {
    /// Sends bytes, ends its side, and reads until the other side has ended.
    private func ask(_ path: String, _ text: String) async throws -> String {
        let client = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(unixDomainSocketPath: path) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel,
                        configuration: .init(isOutboundHalfClosureEnabled: true)
                    )
                }
            }
        return try await client.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: text))
            var answer = ""
            for try await part in inbound {
                answer += String(buffer: part)
                if answer.hasSuffix("\n") { break }
            }
            return answer
        }
    }

    private func run(
        all: (@Sendable () async throws -> [TenantName])? = nil,
        _ body: @Sendable @escaping (WorkersFixture, String) async throws -> Void
    ) async throws {
        try await WorkersFixture.run(all: all) { workers in
            let socket = AdminSocket(
                runFolder: workers.data + "/run",
                supervisor: workers.supervisor,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await socket.run(group: MultiThreadedEventLoopGroup.singleton) }
                let path = socket.path
                #expect(await eventually { access(path, F_OK) == 0 })
                try await body(workers, path)
                tasks.cancelAll()
            }
            #expect(access(socket.path, F_OK) != 0)
        }
    }

    @Test func listsWorkers() async throws {
        try await run { workers, path in
            let first = try await workers.list()
            let text = try await ask(path, "{\"verb\":\"worker_list\"}\n")
            let answer = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: [[String: Any]]]
            let items = try #require(answer?["items"])
            #expect(items.count == 2)
            #expect(items[0]["tenant"] as? String == "plain")
            #expect(items[0]["pid"] as? Int == Int(first.processID))
            #expect(items[0]["state"] as? String == "ready")
            #expect(items[0]["requests"] as? Int == 1)
            #expect(items[0]["restarts"] as? Int == 0)
            #expect((items[0]["started_at"] as? String)?.hasSuffix("Z") == true)
            #expect(items[1]["pid"] is NSNull)
            #expect(items[1]["state"] as? String == "idle")
            #expect(text.hasSuffix("\n") && text.dropLast().contains("\n") == false)
            var status = stat()
            #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
        }
    }

    @Test func listsWorkersThatHaveRunWhileTheRegistryIsAway() async throws {
        let isAway: @Sendable () async throws -> [TenantName] = { throw Fault(code: .databaseUnavailable) }
        try await run(all: isAway) { workers, path in
            #expect(try await ask(path, "{\"verb\":\"worker_list\"}\n") == "{\"items\":[]}\n")
            let first = try await workers.list()
            let text = try await ask(path, "{\"verb\":\"worker_list\"}\n")
            let answer = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: [[String: Any]]]
            let items = try #require(answer?["items"])
            #expect(items.count == 1)
            #expect(items[0]["tenant"] as? String == "plain")
            #expect(items[0]["pid"] as? Int == Int(first.processID))
            #expect(items[0]["requests"] as? Int == 1)
        }
    }

    @Test func restartsAWorker() async throws {
        try await run { workers, path in
            let first = try await workers.list()
            let done = try await ask(path, "{\"verb\":\"worker_restart\",\"tenant\":\"plain\"}\n")
            #expect(done == "{\"ok\":true}\n")
            #expect(await eventually { !isAlive(first.processID) })
            let next = try await workers.list()
            #expect(next.generation == first.generation + 1)
        }
    }

    @Test func refusesWhatItDoesNotKnow() async throws {
        try await run { _, path in
            for line in ["{\"verb\":\"drop\"}", "{}", "nonsense", "[]", "{\"verb\":\"worker_restart\"}", ""] {
                let refused = try await ask(path, line + "\n")
                #expect(refused.hasPrefix("{\"error\":"), "\(line)")
            }
            let unknown = try await ask(path, "{\"verb\":\"worker_restart\",\"tenant\":\"nobody\"}\n")
            #expect(unknown == "{\"error\":\"unknown tenant: nobody\"}\n")
            let long = try await ask(path, String(repeating: "x", count: 10_000) + "\n")
            #expect(long == "{\"error\":\"the line is too long\"}\n")
        }
    }

    /// Those of the gateway before are of the same user, and nobody else tells them from operators.
    @Test func childrenOfTheGatewayBeforeAreNotAnswered() async throws {
        let line = "{\"verb\":\"worker_list\"}\n"
        for (gateway, isAnswered) in [(getppid(), geteuid() == 0), (getpid(), true)] {
            try await WorkersFixture.run { workers in
                let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
                let folder = workers.data + "/run"
                let before = GatewayBefore(
                    process: gateway, longestEnd: .seconds(60), isAwaited: false,
                    claim: try RunFolderClaim(runFolder: folder), logger: logger)
                #expect(before.mayHaveStarted(getpid()) == (gateway == getppid()))
                let socket = AdminSocket(
                    runFolder: folder, supervisor: workers.supervisor, before: before, logger: logger)
                await withTaskGroup(of: Void.self) { tasks in
                    tasks.addTask { try? await socket.run(group: MultiThreadedEventLoopGroup.singleton) }
                    #expect(await eventually { access(socket.path, F_OK) == 0 })
                    let answer = (try? await ask(socket.path, line)) ?? ""
                    #expect(answer.hasPrefix("{\"items\":") == isAnswered)
                    tasks.cancelAll()
                }
            }
        }
    }

    @Test func aSecondGatewayIsRefused() async throws {
        try await run { workers, path in
            let second = AdminSocket(
                runFolder: workers.data + "/run",
                supervisor: workers.supervisor,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
            await #expect(throws: ListeningSocketError.inUse(path)) {
                try await second.run(group: MultiThreadedEventLoopGroup.singleton)
            }
            let listed = try await ask(path, "{\"verb\":\"worker_list\"}\n")
            #expect(listed.hasPrefix("{\"items\":"))
        }
    }
}
