import HTTPTypes
import IPC
import Shared

/// What a client of POST /detections says that it sends.
enum DetectionFormat: Equatable {
    /// One JSON text, which is stored whole.
    case batch
    /// A row a line, read as it comes.
    case stream(IngestDetectionStream.Format)

    init(_ request: Request) {
        let mediaType = MediaType(request.headers[.contentType] ?? "").name
        let format = IngestDetectionStream.Format.allCases.first { $0.mediaType == mediaType }
        self = format.map(Self.stream) ?? .batch
    }

    /// The same for the documentation.
    static let documented = RequestContent(
        contents: [("application/json", .detectionBatch)]
            + IngestDetectionStream.Format.allCases.map { ($0.mediaType, $0.shape) })
}

extension IngestDetectionStream.Format {
    fileprivate var mediaType: String {
        switch self {
        case .ndjson: "application/x-ndjson"
        case .csv: "text/csv"
        }
    }

    fileprivate var shape: JSONShape {
        switch self {
        case .ndjson:
            .text.described("A `Detection` a line; empty lines are no rows.")
        case .csv:
            .text.described(
                """
                A line of the names of a `Detection`, then a row a line, with commas between its values and quotation marks \
                as in RFC 4180; an empty value is one not given.
                """)
        }
    }
}
