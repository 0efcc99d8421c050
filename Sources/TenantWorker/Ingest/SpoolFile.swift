import Glibc
import NIOCore
import NIOPosix
import Shared

/// A file without a name, for rows that are too many to be kept in memory; gone when nobody holds it any more.
///
/// Reading and writing happen on threads of their own, never on an event loop.
final class SpoolFile: Sendable {
    private let descriptor: Int32

    private init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    /// Makes one in `TMPDIR`, or in /var/tmp.
    static func make() async throws -> SpoolFile {
        try await NIOThreadPool.singleton.runIfActive {
            let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/var/tmp"
            var path = Array("\(folder)/camet-XXXXXX".utf8CString)
            let descriptor = mkstemp(&path)
            guard descriptor >= 0 else { throw Self.fault(errno) }
            _ = (unlink(path), fcntl(descriptor, F_SETFD, FD_CLOEXEC))
            return SpoolFile(descriptor)
        }
    }

    /// Writes all of the bytes at an offset.
    func write(_ bytes: ByteBuffer, at offset: Int) async throws {
        try await NIOThreadPool.singleton.runIfActive { [self] in
            try bytes.withUnsafeReadableBytes { bytes in
                var written = 0
                while written < bytes.count {
                    let count = pwrite(
                        descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written, offset + written)
                    if count > 0 {
                        written += count
                    } else if errno != EINTR {
                        throw Self.fault(errno)
                    }
                }
            }
        }
    }

    /// Reads as many bytes as were asked for.
    func read(_ length: Int, at offset: Int) async throws -> ByteBuffer {
        try await NIOThreadPool.singleton.runIfActive { [self] in
            var buffer = ByteBuffer()
            try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: length) { bytes in
                var read = 0
                while read < length {
                    let count = pread(
                        descriptor, bytes.baseAddress.map { $0 + read }, length - read, off_t(offset + read))
                    if count > 0 {
                        read += count
                    } else if count == 0 || errno != EINTR {
                        throw Fault(code: .internal)
                    }
                }
                return read
            }
            return buffer
        }
    }

    private static func fault(_ error: Int32) -> Fault {
        switch error {
        case ENOSPC, EDQUOT: Fault(code: .storageFull, retryAfterSeconds: 10)
        case EMFILE, ENFILE: Fault(code: .overloaded, retryAfterSeconds: 1)
        default: Fault(code: .internal)
        }
    }
}
