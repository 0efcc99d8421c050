import CZlib

/// Bytes that come part by part, as gzip (RFC 1952) of level 6; for one task.
final class GzipWriter {
    private let stream: UnsafeMutablePointer<z_stream>

    init() throws(OpsFailure) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        guard camet_gzip_begin(stream, 6) == Z_OK else { throw OpsFailure("no memory to compress with") }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// What can be written of everything up to these bytes.
    func take(_ bytes: [UInt8]) -> [UInt8] { run(bytes, Z_NO_FLUSH) }

    /// The rest of it.
    func finish() -> [UInt8] { run([], Z_FINISH) }

    private func run(_ bytes: [UInt8], _ flush: Int32) -> [UInt8] {
        var coded: [UInt8] = []
        bytes.withUnsafeBufferPointer { input in
            // zlib reads from there only, whatever its type says.
            stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
            stream.pointee.avail_in = UInt32(input.count)
            repeat {
                let step = ZlibStep { room, length in
                    stream.pointee.next_out = room
                    stream.pointee.avail_out = UInt32(length)
                    _ = deflate(stream, flush)
                    return Int(stream.pointee.avail_out)
                }
                coded += step.bytes
            } while stream.pointee.avail_out == 0
        }
        return coded
    }
}

/// Reads gzip part by part; for one task.
final class GzipReader {
    private let stream: UnsafeMutablePointer<z_stream>
    /// Whether the end was reached, with its checksum and length right.
    private(set) var isWhole = false

    init() throws(OpsFailure) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        guard camet_gunzip_begin(stream) == Z_OK else { throw OpsFailure("no memory to decompress with") }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// What these bytes hold; nil when they are no gzip, or go on behind its end.
    func take(_ bytes: [UInt8]) -> [UInt8]? {
        if isWhole { return bytes.isEmpty ? [] : nil }
        var plain: [UInt8] = []
        var status = Z_OK
        bytes.withUnsafeBufferPointer { input in
            stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
            stream.pointee.avail_in = UInt32(input.count)
            repeat {
                let step = ZlibStep { room, length in
                    stream.pointee.next_out = room
                    stream.pointee.avail_out = UInt32(length)
                    status = inflate(stream, Z_NO_FLUSH)
                    return Int(stream.pointee.avail_out)
                }
                plain += step.bytes
            } while status == Z_OK && (stream.pointee.avail_out == 0 || stream.pointee.avail_in > 0)
        }
        isWhole = status == Z_STREAM_END
        // No progress is no error: it waits for the next bytes.
        guard isWhole ? stream.pointee.avail_in == 0 : status == Z_OK || status == Z_BUF_ERROR else { return nil }
        return plain
    }
}

/// What zlib wrote in one call.
private struct ZlibStep {
    private static let length = 65_536

    let bytes: [UInt8]

    /// - Parameter body: writes to the room, of that length, and gives how much of it is left.
    init(_ body: (UnsafeMutablePointer<UInt8>?, Int) -> Int) {
        bytes = [UInt8](unsafeUninitializedCapacity: Self.length) { room, count in
            count = Self.length - body(room.baseAddress, Self.length)
        }
    }
}
