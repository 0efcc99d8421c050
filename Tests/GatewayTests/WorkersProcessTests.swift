import CProcess
import Glibc
import IPC
import NIOCore
import Shared
import Synchronization
import Testing

@testable import Gateway

/// What ties a worker to its gateway, each bond by itself.
@Suite(.serialized) struct WorkersProcessTests {
    /// A worker without a supervisor: socket, boot pipe and child, made by the test's own thread.
    private struct Raw: Sendable {
        var processID: Int32
        var pipe: Int32

        init(boot: [UInt8]? = nil, descriptors: Bool = true) throws {
            let path = "/tmp/camet-\(UInt32.random(in: .min ... .max)).sock"
            let listener = descriptors ? try ListeningSocket.make(path: path) : open("/dev/null", O_RDONLY)
            defer {
                close(listener)
                unlink(path)
            }
            var ends: [Int32] = [-1, -1]
            guard camet_open_pipe(&ends, 0) == 0 else { throw Unexpected(what: "no pipe") }
            defer { close(ends[0]) }
            let record = WorkerBootRecord(
                tenant: TenantID(1),
                slug: "plain",
                timeZone: "UTC",
                database: "",
                nonce: [1],
                generation: 1,
                gatewayUserID: geteuid(),
                limits: WorkerLimits(databaseConnections: 1, concurrentRequests: 1, openStreams: 1)
            )
            let bytes = boot ?? Array((record.framed() ?? .init()).readableBytesView)
            guard write(ends[1], bytes, bytes.count) == bytes.count else { throw Unexpected(what: "full pipe") }
            processID = OwnChildren(ChildProcessSettings(program: WorkersFixture.program)).start(
                WorkerStart(tenant: record.tenant, hasNetwork: false, listener: listener, pipe: ends[0]))
            pipe = ends[1]
            guard processID > 0 else { throw Unexpected(what: "not started: \(-processID)") }
        }

        /// How the process ended; nil when it did not within five times the promised two seconds.
        func exit() async -> Int32? {
            let status = Mutex<Int32?>(nil)
            _ = await eventually {
                var value: Int32 = 0
                guard camet_reap(processID, &value) == 1 else { return false }
                status.withLock { $0 = camet_exit_code(value) }
                return true
            }
            return status.withLock { $0 }
        }
    }

    @Test func endsWithTheBootPipe() async throws {
        let worker = try Raw()
        #expect(isAlive(worker.processID))
        close(worker.pipe)
        let code = await worker.exit()
        #expect(code == 10)
    }

    @Test func endsWithTheThreadThatMadeIt() async throws {
        let made = Mutex<Raw?>(nil)
        try await onThread { made.withLock { $0 = try? Raw() } }
        let worker = try #require(made.withLock { $0 })
        // The pipe is still open: it is the parent-death signal alone that ends it.
        let code = await worker.exit()
        #expect(code == -SIGKILL)
        close(worker.pipe)
    }

    @Test func sigtermWithoutWorkEndsWithZero() async throws {
        let worker = try Raw()
        kill(worker.processID, SIGTERM)
        let code = await worker.exit()
        // Before it has taken the signal over, the signal simply ends it.
        #expect(code == 0 || code == -SIGTERM)
        close(worker.pipe)
    }

    @Test func refusesWhatIsNoBootRecord() async throws {
        for boot: [UInt8] in [[0, 0, 0, 2, 9, 9], [0xFF, 0xFF, 0xFF, 0xFF], [0, 0, 0, 0]] {
            let worker = try Raw(boot: boot)
            #expect(await worker.exit() == 65, "\(boot)")
            close(worker.pipe)
        }
        let cut = try Raw(boot: [0, 0, 0, 9, 1])
        close(cut.pipe)
        #expect(await cut.exit() == 66)
    }

    @Test func refusesToServeWithoutASocket() async throws {
        let worker = try Raw(descriptors: false)
        #expect(await worker.exit() == 64)
        close(worker.pipe)
    }

    @Test func closingTheLauncherEndsItsWorkers() async throws {
        try await WorkersFixture.run { workers in
            let first = try await workers.list()
            workers.launcher.close()
            #expect(await eventually { !isAlive(first.processID) })
        }
    }

    /// Runs `body` on a thread that ends with it.
    private func onThread(_ body: @escaping @Sendable () -> Void) async throws {
        final class Job: Sendable {
            let body: @Sendable () -> Void
            init(_ body: @escaping @Sendable () -> Void) { self.body = body }
        }
        var thread = pthread_t()
        let job = Unmanaged.passRetained(Job(body))
        pthread_create(
            &thread,
            nil,
            { argument in
                if let argument { Unmanaged<Job>.fromOpaque(argument).takeRetainedValue().body() }
                return nil
            },
            job.toOpaque()
        )
        pthread_join(thread, nil)
    }
}
