import Shared

/// Reads the JSON of POST /detections into columns, resolving names to numbers as it goes.
struct DetectionParser {
    private let directory: DetectionDirectory
    private let now: Instant

    init(directory: DetectionDirectory, now: Instant) {
        self.directory = directory
        self.now = now
    }

    /// - Throws: `invalidJSON` when the text is none to its last byte, `invalid` when it is no batch; a row that is wrong
    ///   is rejected and the others are kept.
    func parse(_ bytes: [UInt8]) throws(Fault) -> DetectionBatch {
        var faults: [ParameterFault] = []
        let batch: DetectionBatch?
        do throws(JSONError) {
            batch = try read(bytes, &faults)
        } catch {
            throw Fault(error)
        }
        guard faults.isEmpty, let batch else { throw .invalid(faults) }
        return batch
    }

    /// The rows, or what is wrong with what is around them.
    private func read(_ bytes: [UInt8], _ faults: inout [ParameterFault]) throws(JSONError) -> DetectionBatch? {
        var reader = JSONReader(bytes)
        guard try reader.peek() == .object else {
            try reader.skipValue()
            try reader.finish()
            faults.append(ParameterFault(parameter: "body", code: .invalidType, limit: "object"))
            return nil
        }
        var batch: DetectionBatch?
        var isGiven = false
        try reader.beginObject()
        while let key = try reader.nextKey() {
            guard key == "detections" else {
                if faults.count < JSONFields.maximumFaults {
                    faults.append(ParameterFault(parameter: Self.name(of: key), code: .unknownField))
                }
                try reader.skipValue()
                continue
            }
            isGiven = true
            if try reader.peek() == .array {
                batch = try readRows(&reader, &faults)
            } else {
                faults.append(ParameterFault(parameter: "detections", code: .invalidType, limit: "array"))
                try reader.skipValue()
            }
        }
        try reader.finish()
        if !isGiven || batch?.received == 0 {
            faults.append(ParameterFault(parameter: "detections", code: .required))
        }
        return batch
    }

    /// A name that a client gave a field, as far as he is told it again.
    private static func name(of key: JSONText) -> String { String(key.string.unicodeScalars.prefix(100)) }

    private func readRows(
        _ reader: inout JSONReader,
        _ faults: inout [ParameterFault]
    ) throws(JSONError) -> DetectionBatch {
        var batch = DetectionBatch()
        var hasMore = false
        // A value that nothing can hold is a fault of its row, not of the text.
        reader.unholdable = .isCounted
        defer { reader.unholdable = .isError }
        try reader.beginArray()
        while try reader.nextElement() {
            guard batch.received < DetectionBatch.maximumRows else {
                hasMore = true
                try reader.skipValue()
                continue
            }
            guard try reader.peek() == .object else {
                try reader.skipValue()
                batch.reject(.invalidRow, "detection")
                continue
            }
            var row = Row()
            try row.read(&reader)
            store(row, in: &batch)
        }
        if hasMore {
            let limit = String(DetectionBatch.maximumRows)
            faults.append(ParameterFault(parameter: "detections", code: .tooMany, limit: limit))
        }
        return batch
    }

    /// One row as it was written.
    private struct Row {
        enum Reference {
            case id(Int64)
            case name(JSONText)
        }

        var line: Reference?
        var area: Reference?
        var product: Reference?
        var instant: JSONText?
        var eventID: JSONText?
        var wrongField: String?

        mutating func read(_ reader: inout JSONReader) throws(JSONError) {
            try reader.beginObject()
            var unholdable = reader.unholdableCount
            while let key = try reader.nextKey() {
                switch key {
                case "line": try readName(&reader, "line", into: \.line)
                case "line_id": try readID(&reader, "line_id", into: \.line)
                case "area": try readName(&reader, "area", into: \.area)
                case "area_id": try readID(&reader, "area_id", into: \.area)
                case "product": try readName(&reader, "product", into: \.product)
                case "product_id": try readID(&reader, "product_id", into: \.product)
                case "detected_at": instant = try readText(&reader, "detected_at")
                case "event_id": eventID = try readText(&reader, "event_id")
                default:
                    wrongField = wrongField ?? DetectionParser.name(of: key)
                    try reader.skipValue()
                }
                if reader.unholdableCount > unholdable {
                    unholdable = reader.unholdableCount
                    wrongField = wrongField ?? DetectionParser.name(of: key)
                }
            }
        }

        private mutating func readName(
            _ reader: inout JSONReader, _ field: String, into path: WritableKeyPath<Row, Reference?>
        ) throws(JSONError) {
            if self[keyPath: path] != nil { wrongField = wrongField ?? field }
            if let text = try readText(&reader, field) { self[keyPath: path] = .name(text) }
        }

        private mutating func readID(
            _ reader: inout JSONReader, _ field: String, into path: WritableKeyPath<Row, Reference?>
        ) throws(JSONError) {
            if self[keyPath: path] != nil { wrongField = wrongField ?? field }
            switch try reader.peek() {
            case .number:
                switch try reader.readNumber() {
                case .integer(let number): self[keyPath: path] = .id(number)
                case .number: wrongField = wrongField ?? field
                }
            case .null:
                try reader.readNull()
            case .bool, .string, .array, .object:
                wrongField = wrongField ?? field
                try reader.skipValue()
            }
        }

        private mutating func readText(_ reader: inout JSONReader, _ field: String) throws(JSONError) -> JSONText? {
            switch try reader.peek() {
            case .string:
                return try reader.readText()
            case .null:
                try reader.readNull()
            case .bool, .number, .array, .object:
                wrongField = wrongField ?? field
                try reader.skipValue()
            }
            return nil
        }
    }

    private func store(_ row: Row, in batch: inout DetectionBatch) {
        if let field = row.wrongField { return batch.reject(.invalidRow, field) }
        guard let reference = row.line, let line = line(reference) else { return batch.reject(.unknownLine, "line") }
        guard let reference = row.area, let area = area(reference, of: line) else {
            return batch.reject(.unknownArea, "area")
        }
        guard let reference = row.product, let product = product(reference) else {
            return batch.reject(.unknownProduct, "product")
        }
        guard let text = row.instant, let instant = try? Instant(iso8601: text.utf8.span) else {
            return batch.reject(.invalidTime, "detected_at")
        }
        guard instant - now <= DetectionBatch.latestAhead else { return batch.reject(.futureTime, "detected_at") }
        if let eventID = row.eventID {
            guard (1...DetectionBatch.longestEventID).contains(eventID.string.unicodeScalars.count) else {
                return batch.reject(.invalidRow, "event_id")
            }
        }
        batch.append(line: line, area: area, product: product, at: instant, eventID: row.eventID?.string)
    }

    private func line(_ reference: Row.Reference) -> LineID? {
        switch reference {
        case .id(let number): directory.line(number)
        case .name(let text): directory.line(code: text)
        }
    }

    private func area(_ reference: Row.Reference, of line: LineID) -> AreaID? {
        switch reference {
        case .id(let number): directory.area(number, of: line)
        case .name(let text): directory.area(named: text, of: line)
        }
    }

    private func product(_ reference: Row.Reference) -> ProductID? {
        switch reference {
        case .id(let number): directory.product(number)
        case .name(let text): directory.product(code: text)
        }
    }
}
