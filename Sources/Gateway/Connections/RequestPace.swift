import NIOCore

/// How long a client may take to send a request. An idle timer that each byte resets is no deadline; these are.
struct RequestPace: Sendable {
    /// For a whole head, and for the first byte on a connection. A second below what is promised, so that the client sees
    /// the end within it.
    var head = TimeAmount.seconds(9)
    /// For agreeing on TLS; its end may take a second more.
    var handshake = TimeAmount.seconds(8)
    /// For a whole body, from the end of its head.
    var wholeBody = TimeAmount.seconds(30)
    /// In each such part of that time, so many bytes of the body must come: 1 KiB a second.
    var bodyWindow = TimeAmount.seconds(10)
    var leastBytesInWindow = 10 * 1024
    /// The same of a stream, which has no deadline for the whole of it: 16 KiB a second.
    var leastBytesInStreamWindow = 160 * 1024
    /// What a body that is still coming may take when the gateway is told to end.
    var afterQuiescing = TimeAmount.seconds(5)
    /// How long a connection that has had its last answer is kept for the client to read it.
    var linger = TimeAmount.seconds(2)
    /// How much of what comes meanwhile is read and dropped; no more, so that whoever goes on sending is not listened to.
    var lingerBytes = 16 * 1024
    /// How long a client of HTTP/2 may leave what is written to it unread.
    var stall = TimeAmount.seconds(75)
    /// After so long without a request a connection is closed.
    var idle = TimeAmount.seconds(75)
}
