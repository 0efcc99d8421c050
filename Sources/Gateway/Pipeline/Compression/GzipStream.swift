import CZlib
import NIOCore
import Synchronization

/// Bytes that come part by part, as gzip (RFC 1952).
final class GzipStream: Sendable {
    /// Answers are made once and sent once: level 1 has most of the gain for a fifth of the time of level 6.
    static let once: Int32 = 1
    /// For what is kept and sent often.
    static let kept: Int32 = 6

    private let deflate: Mutex<Deflate>

    /// Nil when there is no memory for it.
    init?(level: Int32) {
        guard let deflate = Deflate(level: level) else { return nil }
        self.deflate = Mutex(deflate)
    }

    /// What can be sent of everything up to these bytes; often nothing yet.
    func take(_ bytes: ByteBuffer) -> ByteBuffer {
        deflate.withLock { $0.run(bytes, Z_NO_FLUSH) }
    }

    /// The rest of it.
    func finish() -> ByteBuffer {
        deflate.withLock { $0.run(ByteBuffer(), Z_FINISH) }
    }

    /// Of bytes that are all there.
    static func whole(_ bytes: ByteBuffer, level: Int32) -> ByteBuffer? {
        guard var deflate = Deflate(level: level) else { return nil }
        return deflate.run(bytes, Z_FINISH)
    }
}

/// zlib's own state, which must not move.
private struct Deflate: ~Copyable {
    private static let step = 16 * 1_024

    private let stream: UnsafeMutablePointer<z_stream>

    init?(level: Int32) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        guard camet_gzip_begin(stream, level) == Z_OK else {
            stream.deallocate()
            return nil
        }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    mutating func run(_ bytes: ByteBuffer, _ flush: Int32) -> ByteBuffer {
        var coded = ByteBuffer()
        bytes.withUnsafeReadableBytes { input in
            // zlib reads from there only, whatever its type says.
            stream.pointee.next_in = UnsafeMutablePointer(
                mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
            stream.pointee.avail_in = UInt32(input.count)
            repeat {
                coded.writeWithUnsafeMutableBytes(minimumWritableBytes: Self.step) { output in
                    stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
                    stream.pointee.avail_out = UInt32(output.count)
                    _ = CZlib.deflate(stream, flush)
                    return output.count - Int(stream.pointee.avail_out)
                }
            } while stream.pointee.avail_out == 0
        }
        return coded
    }
}
