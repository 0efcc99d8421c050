import Glibc
package import IPC
import NIOCore

/// Why a process is not, or no longer, a worker; see `WorkerExitCode` for what the gateway sees.
package enum WorkerProcessError: Error, Equatable, Sendable {
    /// LISTEN_FDS and LISTEN_PID do not say that descriptor 3 is a socket handed over to this process.
    case noListener
    /// The pipe ended, or nothing whole came through it in time; or the credential is empty, because the gateway has started no such worker.
    case noBootRecord
    /// What came is no boot record: too long or not decodable.
    case badBootRecord
    /// The system refused a step of the set-up; carries its errno.
    case system(Int32)
}

/// What a worker reads who it is from: a pipe that it inherits from its gateway and whose end is the end of the gateway, or a
/// credential that systemd has got from the gateway.
///
/// What is in it is `WorkerBootRecord.framed()` in both cases. The gateway keeps its end of a pipe open for as long as
/// the worker may live.
package struct BootPipe: Sendable {
    /// The number under which a worker inherits the pipe.
    package static let inheritedDescriptor: Int32 = 4

    let descriptor: Int32
    /// Whether systemd has started the worker: then it ends with the process that the record names.
    let isCredential: Bool

    package init(descriptor: Int32 = Self.inheritedDescriptor) {
        self.descriptor = descriptor
        isCredential = false
    }

    /// The credential `boot` of a folder of credentials.
    init(credentials folder: String) throws(WorkerProcessError) {
        descriptor = open(folder + "/boot", O_RDONLY | O_CLOEXEC)
        isCredential = true
        guard descriptor >= 0 else { throw .noBootRecord }
    }

    /// Waits for the record, blocking the calling thread for at most `timeout` milliseconds.
    package func read(timeout milliseconds: Int32 = 10_000) throws(WorkerProcessError) -> WorkerBootRecord {
        let end = NIODeadline.now() + .milliseconds(Int64(milliseconds))
        var header = try read(4, until: end)
        guard let length = header.readInteger(as: UInt32.self), length <= WorkerBootRecord.maximumLength else {
            throw .badBootRecord
        }
        var payload = try read(Int(length), until: end)
        do {
            return try WorkerBootRecord(from: &payload)
        } catch {
            throw .badBootRecord
        }
    }

    private func read(_ length: Int, until end: NIODeadline) throws(WorkerProcessError) -> ByteBuffer {
        var bytes = ByteBuffer()
        bytes.reserveCapacity(length)
        while bytes.readableBytes < length {
            let remaining = (end - .now()).nanoseconds / 1_000_000
            guard remaining > 0 else { throw .noBootRecord }
            var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = poll(&poller, 1, Int32(clamping: remaining))
            if ready < 0, errno == EINTR { continue }
            guard ready > 0 else { throw .noBootRecord }
            let missing = length - bytes.readableBytes
            let count = bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: missing) { space in
                max(0, Glibc.read(descriptor, space.baseAddress, missing))
            }
            guard count > 0 else { throw .noBootRecord }
        }
        return bytes
    }
}
