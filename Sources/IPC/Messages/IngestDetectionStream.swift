package import NIOCore
import Shared

/// Detections to be stored, a row a line. Body: as the client sends it, in parts; nothing is stored before its end has come.
/// The answer is that of `IngestDetections`.
package struct IngestDetectionStream: WorkerCall {
    /// How the lines are to be read.
    package enum Format: UInt8, CaseIterable, Sendable {
        /// A JSON object a line (application/x-ndjson).
        case ndjson = 0
        /// Values with commas between them, after a line of their names (text/csv, RFC 4180).
        case csv = 1
    }

    package static let kind = CallKind.ingestDetectionStream
    /// The body has gone by then.
    package var mayBeRepeated: Bool { false }

    package var format: Format
    /// The client's name for this stream; a repeat gets the first answer.
    package var idempotencyKey: String?
    /// So many of the rejected rows are told one by one, the first of them.
    package var rejectedLimit: UInt16
    /// Nil: the rows are stored.
    package var trial: DetectionTrial?

    package init(
        format: Format, idempotencyKey: String? = nil, rejectedLimit: UInt16,
        trial: DetectionTrial? = nil
    ) {
        self.format = format
        self.idempotencyKey = idempotencyKey
        self.rejectedLimit = rejectedLimit
        self.trial = trial
    }

    package func write(to buffer: inout ByteBuffer) {
        buffer.writeInteger(format.rawValue)
        buffer.writeWireOptional(idempotencyKey) { $0.writeWireString($1) }
        buffer.writeInteger(rejectedLimit)
        buffer.writeWireOptional(trial) { $1.write(to: &$0) }
    }

    package init(from buffer: inout ByteBuffer) throws(WireError) {
        guard let format = Format(rawValue: try buffer.readWireInteger()) else { throw .invalidValue("format") }
        self.format = format
        idempotencyKey = try buffer.readWireOptional { (buffer) throws(WireError) in try buffer.readWireString() }
        rejectedLimit = try buffer.readWireInteger()
        trial = try buffer.readWireOptional { (buffer) throws(WireError) in try DetectionTrial(from: &buffer) }
    }
}
