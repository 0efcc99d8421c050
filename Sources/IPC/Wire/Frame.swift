package import NIOCore

/// One frame of the protocol between the gateway and a worker.
///
/// On the wire: payload length (u32), kind (u8), flags (u8), two zero bytes, stream (u32), payload; integers are big endian.
/// Stream 0 belongs to the connection itself. Other streams are numbered upwards by the gateway and never reused.
package struct Frame: Equatable, Sendable {
    package enum Kind: UInt8, CaseIterable, Sendable {
        /// Worker to gateway, first frame: proof of identity and the versions it speaks.
        case hello = 1
        /// Gateway to worker: the version chosen.
        case welcome = 2
        /// Gateway to worker: a request's head and the first part of its body.
        case request = 3
        /// Gateway to worker: more of a request's body.
        case requestBody = 4
        /// Worker to gateway: an answer's head and the first part of its body.
        case reply = 5
        /// Worker to gateway: more of an answer's body.
        case replyBody = 6
        /// Worker to gateway: the request failed; ends the stream.
        case fault = 7
        /// Either side: the stream is of no interest any more.
        case cancel = 8
        /// Either side: so many more bytes of body may be sent on the stream.
        case credit = 9
        /// Gateway to worker: are you alive?
        case ping = 10
        /// Worker to gateway: how many requests it has received.
        case pong = 11
        /// Worker to gateway: it accepts no request after the one named, and ends when those in flight are answered.
        case farewell = 12
    }

    package static let headerLength = 12
    /// The longest payload either side accepts.
    package static let maximumPayloadLength = 256 * 1024
    /// Set on the last frame of a body.
    package static let endOfBody: UInt8 = 1

    package var kind: Kind
    package var flags: UInt8
    package var stream: UInt32
    package var payload: ByteBuffer

    package init(_ kind: Kind, stream: UInt32 = 0, flags: UInt8 = 0, payload: ByteBuffer = ByteBuffer()) {
        self.kind = kind
        self.flags = flags
        self.stream = stream
        self.payload = payload
    }

    package var endsBody: Bool { flags & Self.endOfBody != 0 }
}

/// Why bytes are not a frame, or a frame's payload not what its kind promises.
package enum WireError: Error, Equatable, Sendable {
    case payloadTooLong(Int)
    case unknownKind(UInt8)
    case unknownFlags(UInt8)
    case reservedBytesNotZero
    case truncated
    case trailingBytes(Int)
    case invalidValue(String)
    case unexpectedFrame(Frame.Kind)
    /// Gateway and worker are too far apart: what each speaks, from the oldest version to the newest.
    case noCommonVersion(worker: ClosedRange<UInt16>, gateway: ClosedRange<UInt16>)
    /// More bytes of a body than the other side was allowed to send.
    case creditExceeded
}
