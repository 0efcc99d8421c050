import Shared

/// What an import of a file would come to.
struct TrialReport: Encodable {
    /// The figures of a line's day that an import may change.
    struct Figures: Encodable {
        let totalProduction: Int
        let downtimeSeconds: Double
        let stops: Int
        let availability: Double?
        let performance: Double?
        let quality: Double?
        let oee: Double?

        init(_ figures: PublicAPI.Trial.Figures) {
            totalProduction = figures.totalProduction
            downtimeSeconds = figures.downtimeSeconds
            stops = figures.stops
            availability = figures.availability
            performance = figures.performance
            quality = figures.quality
            oee = figures.oee
        }

        private enum CodingKeys: String, CodingKey {
            case totalProduction = "total_production"
            case downtimeSeconds = "downtime_seconds"
            case stops
            case availability
            case performance
            case quality
            case oee
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(totalProduction, forKey: .totalProduction)
            try container.encode(downtimeSeconds, forKey: .downtimeSeconds)
            try container.encode(stops, forKey: .stops)
            try container.encode(availability, forKey: .availability)
            try container.encode(performance, forKey: .performance)
            try container.encode(quality, forKey: .quality)
            try container.encode(oee, forKey: .oee)
        }
    }

    struct Day: Encodable {
        let lineID: Int64
        let lineCode: String
        let date: String
        /// That would be stored.
        let rows: Int
        let before: Figures
        let after: Figures

        private enum CodingKeys: String, CodingKey {
            case lineID = "line_id"
            case lineCode = "line_code"
            case date
            case rows
            case before
            case after
        }
    }

    let file: String
    var sha256 = ""
    var rows = 0
    var stored = 0
    var duplicates = 0
    var rejected = 0
    var repeatedLocalTimes = 0
    var rejectsFile: String?
    private(set) var days: [Day] = []

    private enum CodingKeys: String, CodingKey {
        case file
        case sha256
        case rows
        case stored
        case duplicates
        case rejected
        case repeatedLocalTimes = "repeated_local_times"
        case rejectsFile = "rejects_file"
        case days
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(file, forKey: .file)
        try container.encode(sha256, forKey: .sha256)
        try container.encode(rows, forKey: .rows)
        try container.encode(stored, forKey: .stored)
        try container.encode(duplicates, forKey: .duplicates)
        try container.encode(rejected, forKey: .rejected)
        try container.encode(repeatedLocalTimes, forKey: .repeatedLocalTimes)
        try container.encode(rejectsFile, forKey: .rejectsFile)
        try container.encode(days, forKey: .days)
    }

    init(file: String) {
        self.file = file
    }

    mutating func add(_ lines: [PublicAPI.Trial.Line]) {
        for line in lines {
            days += line.days.map { day in
                Day(
                    lineID: line.lineId, lineCode: line.lineCode, date: day.date, rows: day.rows,
                    before: Figures(day.before), after: Figures(day.after))
            }
        }
    }

    var lines: [String] {
        let table = OpsAnswer.table(
            ["LINE", "DATE", "ROWS", "UNITS", "STOPS", "AVAILABILITY", "OEE"],
            days.map { day in
                [
                    day.lineCode, day.date, String(day.rows),
                    "\(day.before.totalProduction) → \(day.after.totalProduction)",
                    "\(day.before.stops) → \(day.after.stops)",
                    "\(Self.percentage(day.before.availability)) → \(Self.percentage(day.after.availability))",
                    "\(Self.percentage(day.before.oee)) → \(Self.percentage(day.after.oee))",
                ]
            })
        var lines = table
        lines.append(
            "\(file): of \(rows) rows \(stored) would be stored, \(duplicates) are there, \(rejected) would be rejected. "
                + "Nothing was stored.")
        if repeatedLocalTimes > 0 {
            lines.append(
                "\(repeatedLocalTimes) rows are of local times that occurred twice; the first of the two would be taken."
            )
        }
        if let rejectsFile { lines.append("Rows that would be rejected: \(rejectsFile)") }
        return lines
    }

    /// One decimal, half away from zero; a dash where there is no value.
    private static func percentage(_ ratio: Double?) -> String {
        guard let ratio else { return "—" }
        let tenths = Int((ratio * 1_000).rounded(.toNearestOrAwayFromZero))
        return "\(tenths / 10).\(tenths % 10) %"
    }
}
