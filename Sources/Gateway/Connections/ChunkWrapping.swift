/// Bounds what stands around the bytes of a body that comes in chunks: their sizes, their extensions, and the fields behind the
/// last. The parser takes all of that for nothing and counts it as nothing.
struct ChunkWrapping {
    /// As much as a head may have.
    private static let freeBytes = 16 * 1_024
    /// Beyond it, so many for each byte of the body: one in each chunk has five around it.
    private static let bytesPerByte = 8

    /// Around the body that is coming.
    private var bytes = 0

    /// Whether it is still within bounds.
    ///
    /// - Parameters:
    ///   - came: how many bytes the parser was given.
    ///   - before: the framing of the newest request then.
    ///   - now: its framing after them; nil when another request has begun.
    mutating func isBounded(after came: Int, from before: RequestFraming, to now: RequestFraming?) -> Bool {
        guard case .chunks(let earlier) = before, case .chunks(let carried) = now else {
            bytes = 0
            return true
        }
        bytes += came - (carried - earlier)
        return bytes <= Self.freeBytes + Self.bytesPerByte * carried
    }
}
