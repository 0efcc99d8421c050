import Shared

/// So many rows of a file as are sent in one request: stored all at once, and once, whatever happens on the way.
///
/// Where parts begin and end depends on the file and what it is read with alone, so that a run that goes on after another
/// sends the same ones.
struct ImportPart {
    /// Rows of the file, those included that are not sent.
    static let mostRows = 20_000
    private static let mostBytes = 16 << 20
    /// One request may begin so many months of the past for each line.
    private static let mostMonths = 120

    /// A row of the part, and where it stands in the file.
    struct Origin {
        let offset: Int
        let count: Int
        let line: Int
    }

    /// A row that is not sent, or was sent and is not stored.
    struct Rejected {
        let origin: Origin
        let rejection: RowRejection
        var wasSent = false
    }

    private struct Month: Hashable {
        let line: LineID?
        let number: Int
    }

    /// From 0.
    let number: Int
    /// CSV.
    private(set) var body = SourceRow.header
    /// Of the rows that are sent, in their order.
    private(set) var sent: [Origin] = []
    private(set) var rejected: [Rejected] = []
    private(set) var repeatedTimes = 0
    private var months: Set<Month> = []
    private(set) var end: RecordReader.Place

    init(number: Int, from place: RecordReader.Place) {
        self.number = number
        end = place
    }

    var rows: Int { sent.count + rejected.count }

    /// Adds a row that is not sent; false when the part is full, and then nothing is added.
    mutating func reject(_ rejection: RowRejection, _ origin: Origin, upTo place: RecordReader.Place) -> Bool {
        guard rows < Self.mostRows else { return false }
        rejected.append(Rejected(origin: origin, rejection: rejection))
        end = place
        return true
    }

    /// Adds a row; false when the part is full, and then nothing is added.
    mutating func add(
        _ translated: RowTranslation.Translated, of line: LineID?, _ origin: Origin, upTo place: RecordReader.Place
    ) -> Bool {
        guard rows < Self.mostRows, body.count < Self.mostBytes else { return false }
        if let instant = translated.instant {
            let month = Month(line: line, number: instant.monthNumber)
            guard months.count < Self.mostMonths || months.contains(month) else { return false }
            months.insert(month)
        }
        translated.row.append(to: &body)
        sent.append(origin)
        if translated.isRepeated { repeatedTimes += 1 }
        end = place
        return true
    }
}

extension Instant {
    /// Months since year 0, in UTC.
    fileprivate var monthNumber: Int {
        let components = TimeZoneRules.utc.date(of: self).components
        return components.year * 12 + components.month - 1
    }
}
