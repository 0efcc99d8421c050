import CProcess
import Glibc
import IPC
import NIOCore
import NIOPosix

/// What a worker inherits: the listening socket as descriptor 3, as systemd hands one over, and a pipe as descriptor 4
/// that brings the boot record and whose end is the end of the gateway.
struct InheritedDescriptors {
    enum Failure: Error {
        case notStartedByGateway
        case bootRecordTooLong
        case bootRecordIncomplete
    }

    /// Longer boot records are refused.
    private static let maximumRecordLength = 16 * 1024

    let listener: CInt = 3
    private let pipe: CInt = 4

    /// Makes sure that this process was started by a gateway, and that it will not outlive it.
    init() throws {
        guard let descriptors = getenv("LISTEN_FDS"), atoi(descriptors) == 1,
            let owner = getenv("LISTEN_PID"), atoi(owner) == getpid()
        else { throw Failure.notStartedByGateway }
        unsetenv("LISTEN_FDS")
        unsetenv("LISTEN_PID")
        _ = camet_die_with_parent()
        signal(SIGPIPE, SIG_IGN)
        var blocked = sigset_t()
        sigemptyset(&blocked)
        sigaddset(&blocked, SIGTERM)
        pthread_sigmask(SIG_BLOCK, &blocked, nil)
        // Tasks run on the event loops: a request that needs no waiting wakes no other thread.
        _ = NIOSingletons.unsafeTryInstallSingletonPosixEventLoopGroupAsConcurrencyGlobalExecutor()
    }

    /// Reads the record, which is preceded by its length as u32.
    func readBootRecord() throws -> WorkerBootRecord {
        var buffer = try readExactly(4)
        let length = Int(try buffer.readWireInteger(as: UInt32.self))
        guard length <= Self.maximumRecordLength else { throw Failure.bootRecordTooLong }
        var record = try readExactly(length)
        return try WorkerBootRecord(from: &record)
    }

    private func readExactly(_ count: Int) throws -> ByteBuffer {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let received = bytes.withUnsafeMutableBytes { buffer in
                read(pipe, buffer.baseAddress?.advanced(by: filled), count - filled)
            }
            guard received > 0 else { throw Failure.bootRecordIncomplete }
            filled += received
        }
        return ByteBuffer(bytes: bytes)
    }

    /// Ticks once when the worker is to stop: asked by SIGTERM. At the end of the pipe the process ends at once.
    func stopSignal() -> AsyncStream<Void> {
        let pipe = pipe
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        // Blocked before any other thread is started, so that only the thread below ever takes it.
        WorkerThread.start {
            var wanted = sigset_t()
            sigemptyset(&wanted)
            sigaddset(&wanted, SIGTERM)
            var received: CInt = 0
            sigwait(&wanted, &received)
            continuation.yield()
        }
        WorkerThread.start {
            var byte: UInt8 = 0
            while read(pipe, &byte, 1) > 0 {}
            _exit(0)
        }
        return stream
    }
}

/// A thread that runs one function and is waited for by nobody.
private enum WorkerThread {
    private final class Body: Sendable {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) {
            self.run = run
        }
    }

    static func start(_ run: @escaping @Sendable () -> Void) {
        var handle = pthread_t()
        let body = Unmanaged.passRetained(Body(run))
        let main: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { pointer in
            if let pointer { Unmanaged<Body>.fromOpaque(pointer).takeRetainedValue().run() }
            return nil
        }
        if pthread_create(&handle, nil, main, body.toOpaque()) == 0 { pthread_detach(handle) }
    }
}
