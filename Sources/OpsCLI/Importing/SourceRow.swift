import Shared

/// One row of a file: the texts of its fields, as they stand there.
struct SourceRow {
    /// The fields of a row, by the names that POST /detections knows.
    enum Field: String, CaseIterable {
        case line
        case lineID = "line_id"
        case area
        case areaID = "area_id"
        case product
        case productID = "product_id"
        case detectedAt = "detected_at"
        case eventID = "event_id"

        /// The field that says the same in another way.
        var other: Field? {
            switch self {
            case .line: .lineID
            case .lineID: .line
            case .area: .areaID
            case .areaID: .area
            case .product: .productID
            case .productID: .product
            case .detectedAt, .eventID: nil
            }
        }
    }

    var line: ArraySlice<UInt8>?
    var lineID: ArraySlice<UInt8>?
    var area: ArraySlice<UInt8>?
    var areaID: ArraySlice<UInt8>?
    var product: ArraySlice<UInt8>?
    var productID: ArraySlice<UInt8>?
    var detectedAt: ArraySlice<UInt8>?
    var eventID: ArraySlice<UInt8>?

    subscript(field: Field) -> ArraySlice<UInt8>? {
        get {
            switch field {
            case .line: line
            case .lineID: lineID
            case .area: area
            case .areaID: areaID
            case .product: product
            case .productID: productID
            case .detectedAt: detectedAt
            case .eventID: eventID
            }
        }
        set {
            switch field {
            case .line: line = newValue
            case .lineID: lineID = newValue
            case .area: area = newValue
            case .areaID: areaID = newValue
            case .product: product = newValue
            case .productID: productID = newValue
            case .detectedAt: detectedAt = newValue
            case .eventID: eventID = newValue
            }
        }
    }

    /// The line of names that goes before rows in CSV.
    static let header = Array((Field.allCases.map(\.rawValue).joined(separator: ",") + "\n").utf8)

    /// Appends the row as a line of CSV below `header`.
    func append(to bytes: inout [UInt8]) {
        var isFirst = true
        for field in Field.allCases {
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            if let text = self[field] { Self.append(text, to: &bytes) }
        }
        bytes.append(0x0A)
    }

    private static func append(_ text: ArraySlice<UInt8>, to bytes: inout [UInt8]) {
        let needsQuotes = text.contains { byte in
            byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\"") || byte == 0x0A || byte == 0x0D
        }
        guard needsQuotes else { return bytes.append(contentsOf: text) }
        bytes.append(UInt8(ascii: "\""))
        for byte in text {
            if byte == UInt8(ascii: "\"") { bytes.append(byte) }
            bytes.append(byte)
        }
        bytes.append(UInt8(ascii: "\""))
    }
}

/// Why a row is not sent or not stored.
struct RowRejection: Error, Equatable {
    let code: String
    let field: String
    let message: String

    static func neverShown(_ time: String, _ zone: TimeZoneRules, field: String) -> RowRejection {
        RowRejection(
            code: "nonexistent_local_time", field: field,
            message: "\(time) was never shown by a clock in \(zone.name): clocks were put forward over it.")
    }

    static func unreadable(_ message: String) -> RowRejection {
        RowRejection(code: "invalid_row", field: "detection", message: message)
    }
}
