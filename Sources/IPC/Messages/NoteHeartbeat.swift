package import NIOCore
import Shared

/// A sign of life of a camera. Body: the JSON of POST /heartbeats.
package struct NoteHeartbeat: WorkerCall {
    package static let kind = CallKind.noteHeartbeat
    package var mayBeRepeated: Bool { true }

    package init() {}

    package func write(to buffer: inout ByteBuffer) {}

    package init(from buffer: inout ByteBuffer) {}
}
