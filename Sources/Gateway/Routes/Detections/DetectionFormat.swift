import HTTPTypes
import IPC

/// What a client of POST /detections says that it sends.
enum DetectionFormat: Equatable {
    /// One JSON text, which is stored whole.
    case batch
    /// A row a line, read as it comes.
    case stream(IngestDetectionStream.Format)

    init(_ request: Request) {
        switch MediaType(request.headers[.contentType] ?? "").name {
        case "application/x-ndjson": self = .stream(.ndjson)
        case "text/csv": self = .stream(.csv)
        default: self = .batch
        }
    }
}
