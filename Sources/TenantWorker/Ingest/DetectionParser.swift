import Shared

/// Reads the JSON of POST /detections.
struct DetectionParser {
    /// - Throws: `invalidJSON` when the text is none to its last byte, `invalid` when it is no batch; a row that is wrong
    ///   is rejected and the others are kept.
    static func parse(_ bytes: [UInt8], into rows: inout DetectionRows) throws(Fault) {
        var faults: [ParameterFault] = []
        do throws(JSONError) {
            try read(bytes, &rows, &faults)
        } catch {
            throw Fault(error)
        }
        if !faults.isEmpty { throw .invalid(faults) }
    }

    /// The rows, and what is wrong with what is around them.
    private static func read(
        _ bytes: [UInt8], _ rows: inout DetectionRows, _ faults: inout [ParameterFault]
    ) throws(JSONError) {
        var reader = JSONReader(bytes)
        guard try reader.peek() == .object else {
            try reader.skipValue()
            try reader.finish()
            return faults.append(ParameterFault(parameter: "body", code: .invalidType, limit: "object"))
        }
        var isGiven = false
        try reader.beginObject()
        while let key = try reader.nextKey() {
            guard key == "detections" else {
                if faults.count < JSONFields.maximumFaults {
                    faults.append(ParameterFault(parameter: DetectionRow.told(key), code: .unknownField))
                }
                try reader.skipValue()
                continue
            }
            if try reader.peek() == .array {
                try readRows(&reader, &rows, &faults)
                isGiven = rows.received > 0
            } else {
                isGiven = true
                faults.append(ParameterFault(parameter: "detections", code: .invalidType, limit: "array"))
                try reader.skipValue()
            }
        }
        try reader.finish()
        if !isGiven { faults.append(ParameterFault(parameter: "detections", code: .required)) }
    }

    private static func readRows(
        _ reader: inout JSONReader, _ rows: inout DetectionRows, _ faults: inout [ParameterFault]
    ) throws(JSONError) {
        var hasMore = false
        // A value that nothing can hold is a fault of its row, not of the text.
        reader.unholdable = .isCounted
        defer { reader.unholdable = .isError }
        try reader.beginArray()
        while try reader.nextElement() {
            guard rows.received < DetectionBatch.maximumRows else {
                hasMore = true
                try reader.skipValue()
                continue
            }
            guard try reader.peek() == .object else {
                try reader.skipValue()
                rows.rejectUnreadable()
                continue
            }
            var row = DetectionRow()
            try row.read(&reader)
            rows.take(row)
        }
        if hasMore {
            let limit = String(DetectionBatch.maximumRows)
            faults.append(ParameterFault(parameter: "detections", code: .tooMany, limit: limit))
        }
    }
}
