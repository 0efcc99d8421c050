import Shared

/// One row as it was sent. Texts are parts of the request's bytes and are not copied.
struct DetectionRow {
    enum Reference {
        case id(Int64)
        case name(ArraySlice<UInt8>)
    }

    enum Field: String, CaseIterable {
        case line
        case lineID = "line_id"
        case area
        case areaID = "area_id"
        case product
        case productID = "product_id"
        case detectedAt = "detected_at"
        case eventID = "event_id"
    }

    private(set) var line: Reference?
    private(set) var area: Reference?
    private(set) var product: Reference?
    private(set) var instant: ArraySlice<UInt8>?
    private(set) var eventID: ArraySlice<UInt8>?
    /// The first field that is not what it should be.
    private(set) var wrongField: String?

    mutating func fault(_ field: String) {
        wrongField = wrongField ?? field
    }

    /// - Parameter text: valid or not, it is only compared with names and ids there are; nil: no text.
    mutating func set(_ field: Field, to text: ArraySlice<UInt8>?) {
        guard let text else { return fault(field.rawValue) }
        switch field {
        case .line: refer(.name(text), field, \.line)
        case .area: refer(.name(text), field, \.area)
        case .product: refer(.name(text), field, \.product)
        case .lineID: refer(Self.number(text), field, \.line)
        case .areaID: refer(Self.number(text), field, \.area)
        case .productID: refer(Self.number(text), field, \.product)
        case .detectedAt: instant = text
        case .eventID: eventID = text
        }
    }

    /// - Parameter reference: nil when what was sent is none. A thing named twice is a fault too.
    private mutating func refer(
        _ reference: Reference?, _ field: Field, _ path: WritableKeyPath<DetectionRow, Reference?>
    ) {
        guard let reference, self[keyPath: path] == nil else { return fault(field.rawValue) }
        self[keyPath: path] = reference
    }

    private static func number(_ text: ArraySlice<UInt8>) -> Reference? {
        guard (1...10).contains(text.count) else { return nil }
        var number: Int64 = 0
        for byte in text {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            number = number * 10 + Int64(byte - UInt8(ascii: "0"))
        }
        return .id(number)
    }
}

/// Rows in JSON.
extension DetectionRow {
    /// Reads the object that comes next.
    ///
    /// - Throws: what makes the text none; what is wrong with the row itself is its `wrongField`.
    mutating func read(_ reader: inout JSONReader) throws(JSONError) {
        try reader.beginObject()
        var unholdable = reader.unholdableCount
        while let key = try reader.nextKey() {
            switch key {
            case "line": try readName(&reader, .line)
            case "line_id": try readID(&reader, .lineID)
            case "area": try readName(&reader, .area)
            case "area_id": try readID(&reader, .areaID)
            case "product": try readName(&reader, .product)
            case "product_id": try readID(&reader, .productID)
            case "detected_at": try readName(&reader, .detectedAt)
            case "event_id": try readName(&reader, .eventID)
            default:
                fault(Self.told(key))
                try reader.skipValue()
            }
            if reader.unholdableCount > unholdable {
                unholdable = reader.unholdableCount
                fault(Self.told(key))
            }
        }
    }

    /// A name that a client gave a field, as far as he is told it again.
    static func told(_ key: JSONText) -> String { String(key.string.unicodeScalars.prefix(100)) }

    private mutating func readName(_ reader: inout JSONReader, _ field: Field) throws(JSONError) {
        switch try reader.peek() {
        case .string: set(field, to: try reader.readText().utf8)
        case .null: try reader.readNull()
        case .bool, .number, .array, .object:
            fault(field.rawValue)
            try reader.skipValue()
        }
    }

    private mutating func readID(_ reader: inout JSONReader, _ field: Field) throws(JSONError) {
        switch try reader.peek() {
        case .number:
            guard case .integer(let number) = try reader.readNumber() else { return fault(field.rawValue) }
            switch field {
            case .lineID: refer(.id(number), field, \.line)
            case .areaID: refer(.id(number), field, \.area)
            case .productID: refer(.id(number), field, \.product)
            case .line, .area, .product, .detectedAt, .eventID: fault(field.rawValue)
            }
        case .null:
            try reader.readNull()
        case .bool, .string, .array, .object:
            fault(field.rawValue)
            try reader.skipValue()
        }
    }
}
