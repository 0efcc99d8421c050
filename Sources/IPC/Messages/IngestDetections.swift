package import NIOCore

/// Detections to be stored. Body: the JSON of POST /detections. The answer names the field of each rejected row; what
/// people read about it, the gateway adds in the language of whoever asks.
package struct IngestDetections: WorkerCall {
    package static let kind = CallKind.ingestDetections
    package var mayBeRepeated: Bool { idempotencyKey != nil }

    /// The client's name for this batch; a repeat gets the first answer.
    package var idempotencyKey: String?

    package init(idempotencyKey: String? = nil) {
        self.idempotencyKey = idempotencyKey
    }

    package func write(to buffer: inout ByteBuffer) {
        buffer.writeWireOptional(idempotencyKey) { $0.writeWireString($1) }
    }

    package init(from buffer: inout ByteBuffer) throws(WireError) {
        idempotencyKey = try buffer.readWireOptional { (buffer) throws(WireError) in try buffer.readWireString() }
    }
}
