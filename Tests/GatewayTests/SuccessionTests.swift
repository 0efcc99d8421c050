import CProcess
import Foundation
import Glibc
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization
import Systemd
import Testing
import UnixSignals

@testable import Gateway

/// One after another: there is one SIGUSR2.
@Suite(.serialized) struct SuccessionTests {
    @Test func theNextGatewayIsToldWhatThisOneWas() {
        let own = [
            "CAMET_DATA": "/var/lib/camet", "NOTIFY_SOCKET": "/run/systemd/notify", "WATCHDOG_USEC": "20000000",
            "LISTEN_PID": "7", "LISTEN_FDS": "1", "LISTEN_FDNAMES": "http", "WATCHDOG_PID": "7",
        ]
        // But for what was meant for this process alone.
        #expect(Succession.handedOn(own).keys.sorted() == ["CAMET_DATA", "NOTIFY_SOCKET", "WATCHDOG_USEC"])
        #expect(ServiceManager(variable: { own[$0] })?.watchdog == nil)
        #expect(ServiceManager(variable: { Succession.handedOn(own)[$0] })?.watchdog == .seconds(20))
    }

    /// What systemd is to a service: a socket that it tells of its state.
    private final class Manager: Sendable {
        let path = "/tmp/camet-\(UInt32.random(in: .min ... .max)).sock"
        private let listener = Mutex<Int32>(-1)

        init() throws {
            try hear()
        }

        deinit { end() }

        func hear() throws {
            let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
            let isBound = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            try #require(isBound == 0)
            listener.withLock { $0 = descriptor }
        }

        func end() {
            unlink(path)
            listener.withLock { _ = close($0) }
        }

        func told() -> String? {
            var bytes = [UInt8](repeating: 0, count: 200)
            let count = listener.withLock { recv($0, &bytes, bytes.count, Int32(MSG_DONTWAIT)) }
            return count < 0 ? nil : String(decoding: bytes[..<count], as: UTF8.self)
        }

        func asTold() throws -> ServiceManager {
            try #require(ServiceManager(variable: { $0 == "NOTIFY_SOCKET" ? self.path : nil }))
        }
    }

    @Test func whoeverIsSucceededSaysNothingMore() async throws {
        let systemd = try Manager()
        let manager = try systemd.asTold()
        manager.ready()
        #expect(systemd.told()?.hasPrefix("READY=1") == true)
        #expect(await manager.watch(12) == 0)
        #expect(systemd.told() == "MAINPID=12")
        manager.ready()
        manager.stopping()
        #expect(systemd.told() == nil)
    }

    @Test func whoeverCannotBeSucceededGoesOn() async throws {
        let systemd = try Manager()
        let manager = try systemd.asTold()
        systemd.end()
        #expect(await manager.watch(12) == ENOENT)
        try systemd.hear()
        manager.ready()
        #expect(systemd.told()?.hasPrefix("READY=1") == true)
    }

    // MARK: The next gateway, as a program that does something else

    private struct Trial: Sendable {
        let systemd: Manager
        let succession: Succession
        let group: ServiceGroup
        /// Where each that is started writes its number, and each that is asked for the one after it.
        let started: String
        let asked: String

        func numbers(_ path: String) -> [Int32] {
            ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").split(separator: "\n").compactMap { Int32($0) }
        }

        func start() async throws -> Int32 {
            let before = numbers(started).count
            kill(getpid(), SIGUSR2)
            try #require(await eventually { numbers(started).count == before + 1 })
            return try #require(numbers(started).last)
        }
    }

    private func hasEnded(_ process: Int32) -> Bool {
        let descriptor = camet_open_process(process)
        guard descriptor >= 0 else { return true }
        defer { close(descriptor) }
        var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&poller, 1, 0) > 0
    }

    private func run(longestStart: Duration = .seconds(60), _ body: (Trial) async throws -> Void) async throws {
        let folder = "/tmp/camet-\(UInt32.random(in: .min ... .max))"
        try ListeningSocket.makeFolder(folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (program, started, asked) = ("\(folder)/program", "\(folder)/started", "\(folder)/asked")
        let script = """
            #!/bin/sh
            trap 'echo $$ >>\(asked)' USR2
            echo $$ >>\(started)
            while :; do sleep 0.05; done

            """
        try script.write(toFile: program, atomically: false, encoding: .utf8)
        chmod(program, 0o700)
        let systemd = try Manager()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let succession = Succession(
            manager: try systemd.asTold(), asked: await UnixSignalsSequence(trapping: .sigusr2), program: program,
            environment: ["PATH": "/usr/bin:/bin"], longestStart: longestStart, isAlone: { true }, logger: logger)
        let group = ServiceGroup(configuration: .init(services: [.init(service: succession)], logger: logger))
        let trial = Trial(
            systemd: systemd, succession: succession, group: group, started: started, asked: asked)
        async let running: Void = group.run()
        let result: Result<Void, any Error>
        do { result = .success(try await body(trial)) } catch { result = .failure(error) }
        await group.triggerGracefulShutdown()
        try await running
        // Nothing that was not followed is left of it, whatever the trial has come to.
        for process in trial.numbers(started) where !hasEnded(process) { kill(process, SIGKILL) }
        try result.get()
    }

    @Test func oneThatHangsIsKilledAndAnotherMayBeAskedFor() async throws {
        try await run(longestStart: .seconds(1)) { trial in
            let first = try await trial.start()
            #expect(await eventually { hasEnded(first) })
            #expect(!trial.succession.begin(with: first))
            let second = try await trial.start()
            #expect(second != first && trial.systemd.told() == nil)
        }
    }

    @Test func oneThatStartsEndsWithThisGateway() async throws {
        try await run { trial in
            let next = try await trial.start()
            #expect(!hasEnded(next))
            await trial.group.triggerGracefulShutdown()
            #expect(await eventually { hasEnded(next) })
            #expect(!trial.succession.begin(with: next))
        }
    }

    @Test func nobodyElseFollowsAndWhoIsBeingGivenThePlaceIsNotKilled() async throws {
        try await run(longestStart: .seconds(1)) { trial in
            let next = try await trial.start()
            #expect(!trial.succession.begin(with: next + 1))
            #expect(trial.succession.begin(with: next) && !trial.succession.begin(with: next))
            #expect(await !eventually(within: .seconds(3)) { hasEnded(next) })
            trial.succession.keep()
            #expect(await eventually { hasEnded(next) })
        }
    }

    @Test func whoHasThePlaceIsWatchedAndAskedForTheOneAfterIt() async throws {
        try await run { trial in
            let next = try await trial.start()
            // Kept until it is known who sees to it.
            kill(getpid(), SIGUSR2)
            #expect(await !eventually(within: .milliseconds(300)) { trial.numbers(trial.asked).count > 0 })
            #expect(trial.succession.begin(with: next))
            #expect(await trial.succession.follow())
            #expect(trial.systemd.told() == "MAINPID=\(next)")
            #expect(await eventually { trial.numbers(trial.asked) == [next] })
            #expect(trial.numbers(trial.started) == [next] && !hasEnded(next))
        }
    }

    @Test func oneThatHasEndedHasChangedNothing() async throws {
        try await run { trial in
            let next = try await trial.start()
            #expect(trial.succession.begin(with: next))
            kill(next, SIGKILL)
            #expect(await eventually { hasEnded(next) })
            #expect(await !trial.succession.follow())
            #expect(trial.systemd.told() == nil)
            _ = try await trial.start()
        }
    }

    @Test func oneOfWhichTheManagerCannotBeToldIsKilled() async throws {
        try await run { trial in
            let next = try await trial.start()
            trial.systemd.end()
            #expect(trial.succession.begin(with: next))
            #expect(await !trial.succession.follow())
            #expect(hasEnded(next))
            try trial.systemd.hear()
            // The control.
            let second = try await trial.start()
            #expect(trial.succession.begin(with: second))
            #expect(await trial.succession.follow())
            #expect(trial.systemd.told() == "MAINPID=\(second)")
        }
    }

    @Test func aProgramBesideThisOneIsNoChildOfIt() async throws {
        let next = try SuccessorProcess(program: "/bin/true", environment: [:])
        #expect(await eventually { next.hasEnded })
        var status: Int32 = 0
        #expect(camet_reap(next.number, &status) == -ECHILD)
        #expect(throws: SuccessorProcess.NotStarted.self) {
            try SuccessorProcess(program: "/nowhere/camet-gateway", environment: [:])
        }
    }

    @Test func aProcessIsKilledByItsDescriptor() async {
        let words: [String] = ["sleep", "600"]
        let arguments = words.map { strdup($0) } + [nil]
        let variables = [strdup("PATH=/usr/bin:/bin"), nil]
        defer { for text in arguments + variables { free(text) } }
        let child = camet_spawn_program(arguments, variables, STDERR_FILENO)
        let descriptor = camet_open_process(child)
        let status = Mutex<Int32>(0)
        let hasEnded = { @Sendable in status.withLock { camet_reap(child, &$0) } == 1 }
        #expect(!hasEnded())
        #expect(camet_signal_process(descriptor, SIGKILL) == 0)
        #expect(await eventually(hasEnded))
        #expect(camet_exit_code(status.withLock { $0 }) == -SIGKILL)
        #expect(camet_signal_process(descriptor, SIGKILL) == ESRCH)
        close(descriptor)
    }
}
