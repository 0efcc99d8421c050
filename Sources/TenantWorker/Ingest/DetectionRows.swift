import Shared

/// Takes the rows of a request one by one: those that can be stored into the batch, of the others what is wrong.
struct DetectionRows {
    private let directory: DetectionDirectory
    private let latest: Instant
    private var lastLine: (name: ArraySlice<UInt8>, id: LineID)?
    private var lastArea: (line: LineID, name: ArraySlice<UInt8>, id: AreaID)?
    private var lastProduct: (name: ArraySlice<UInt8>, id: ProductID)?

    private(set) var received = 0
    private(set) var rejected: RejectedRows
    private(set) var batch = DetectionBatch()

    /// - Parameter told: so many rejected rows are told one by one.
    init(directory: DetectionDirectory, now: Instant, told: UInt16 = RejectedLimit.unlessAsked) {
        self.directory = directory
        rejected = RejectedRows(told: Int(told))
        latest = now + DetectionBatch.latestAhead
    }

    /// Hands out the batch and begins another one.
    mutating func takeBatch() -> DetectionBatch {
        defer { batch.removeAll() }
        return batch
    }

    /// Counts a row that could not even be read.
    mutating func rejectUnreadable() {
        reject(.invalidRow, "detection")
    }

    mutating func take(_ row: DetectionRow) {
        if let field = row.wrongField { return reject(.invalidRow, field) }
        guard let reference = row.line, let line = line(reference) else { return reject(.unknownLine, "line") }
        guard let reference = row.area, let area = area(reference, of: line) else {
            return reject(.unknownArea, "area")
        }
        guard let reference = row.product, let product = product(reference) else {
            return reject(.unknownProduct, "product")
        }
        guard let text = row.instant, let instant = try? Instant(iso8601: text.span) else {
            return reject(.invalidTime, "detected_at")
        }
        guard instant <= latest else { return reject(.futureTime, "detected_at") }
        var eventID: String?
        if let text = row.eventID {
            eventID = String(validating: text, as: UTF8.self)
            guard let eventID, !text.contains(0),
                (1...DetectionBatch.longestEventID).contains(eventID.unicodeScalars.count)
            else { return reject(.invalidRow, "event_id") }
        }
        batch.append(received, line: line, area: area, product: product, at: instant, eventID: eventID)
        received += 1
    }

    private mutating func reject(_ code: ParameterFaultCode, _ field: String) {
        rejected.add(RejectedRows.Row(index: received, code: code, field: field))
        received += 1
    }

    // Cameras name the same things again and again: the last one is asked for before the directory.

    private mutating func line(_ reference: DetectionRow.Reference) -> LineID? {
        switch reference {
        case .id(let number): return directory.line(number)
        case .name(let name):
            if let lastLine, lastLine.name == name { return lastLine.id }
            guard let id = directory.line(code: name) else { return nil }
            lastLine = (name, id)
            return id
        }
    }

    private mutating func area(_ reference: DetectionRow.Reference, of line: LineID) -> AreaID? {
        switch reference {
        case .id(let number): return directory.area(number, of: line)
        case .name(let name):
            if let lastArea, lastArea.line == line, lastArea.name == name { return lastArea.id }
            guard let id = directory.area(named: name, of: line) else { return nil }
            lastArea = (line, name, id)
            return id
        }
    }

    private mutating func product(_ reference: DetectionRow.Reference) -> ProductID? {
        switch reference {
        case .id(let number): return directory.product(number)
        case .name(let name):
            if let lastProduct, lastProduct.name == name { return lastProduct.id }
            guard let id = directory.product(code: name) else { return nil }
            lastProduct = (name, id)
            return id
        }
    }
}
