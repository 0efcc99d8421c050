package import NIOCore
import Shared

/// Detections to be stored. Body: the JSON of POST /detections. The answer names the field of each rejected row; what
/// people read about it, the gateway adds in the language of whoever asks.
package struct IngestDetections: WorkerCall {
    package static let kind = CallKind.ingestDetections
    package var mayBeRepeated: Bool { idempotencyKey != nil }

    /// The client's name for this batch; a repeat gets the first answer.
    package var idempotencyKey: String?
    /// So many of the rejected rows are told one by one, the first of them.
    package var rejectedLimit: UInt16
    /// Nil: the rows are stored.
    package var trial: DetectionTrial?

    package init(
        idempotencyKey: String? = nil, rejectedLimit: UInt16,
        trial: DetectionTrial? = nil
    ) {
        self.idempotencyKey = idempotencyKey
        self.rejectedLimit = rejectedLimit
        self.trial = trial
    }

    /// Rows that all have a name of their own are only found there the second time.
    package func mayBeRepeated(with body: ByteBuffer) -> Bool {
        mayBeRepeated || (try? Self.namesEveryRow(body)) ?? false
    }

    private static func namesEveryRow(_ body: ByteBuffer) throws(JSONError) -> Bool {
        var reader = JSONReader(Array(buffer: body))
        var rows = 0
        try reader.beginObject()
        while let key = try reader.nextKey() {
            guard key == "detections" else {
                try reader.skipValue()
                continue
            }
            try reader.beginArray()
            while try reader.nextElement() {
                guard try hasEventID(&reader) else { return false }
                rows += 1
            }
        }
        return rows > 0
    }

    private static func hasEventID(_ reader: inout JSONReader) throws(JSONError) -> Bool {
        var hasName = false
        try reader.beginObject()
        while let key = try reader.nextKey() {
            if key == "event_id", try reader.peek() == .string { hasName = true }
            try reader.skipValue()
        }
        return hasName
    }

    package func write(to buffer: inout ByteBuffer) {
        buffer.writeWireOptional(idempotencyKey) { $0.writeWireString($1) }
        buffer.writeInteger(rejectedLimit)
        buffer.writeWireOptional(trial) { $1.write(to: &$0) }
    }

    package init(from buffer: inout ByteBuffer) throws(WireError) {
        idempotencyKey = try buffer.readWireOptional { (buffer) throws(WireError) in try buffer.readWireString() }
        rejectedLimit = try buffer.readWireInteger()
        trial = try buffer.readWireOptional { (buffer) throws(WireError) in try DetectionTrial(from: &buffer) }
    }
}
