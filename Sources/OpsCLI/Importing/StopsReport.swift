import Shared

/// What became of the rows of a file of stops, and how that agrees with what the product lists.
struct StopsReport: Encodable {
    /// What became of a row.
    enum Outcome: Equatable {
        /// A registered stop; one outside planned time is not listed.
        case registered(isPlanned: Bool)
        case thereBefore(isPlanned: Bool)
        /// Its cause is that of the calculated stop there.
        case justified
        /// The older system had calculated it and nobody explained it: the product finds its own.
        case leftToCalculation
        case rejected(RowRejection)

        var rejection: RowRejection? {
            if case .rejected(let rejection) = self { rejection } else { nil }
        }
    }

    /// Rows that start on a day of a line.
    struct Day: Encodable {
        let lineID: Int64
        var lineCode = ""
        let date: String
        var rows = 0
        var registered = 0
        var thereBefore = 0
        var justified = 0
        var leftToCalculation = 0
        var rejected = 0
        /// Of the registered ones and those there before: outside planned time, so that no list has them.
        var outsidePlan = 0
        /// Registered stops that the product lists now.
        var listedNow = 0
        /// Listed ones less those of the file that should be: more than zero by stops that people entered.
        var difference = 0

        private enum CodingKeys: String, CodingKey {
            case lineID = "line_id"
            case lineCode = "line_code"
            case date
            case rows
            case registered
            case thereBefore = "there_before"
            case justified
            case leftToCalculation = "left_to_calculation"
            case rejected
            case outsidePlan = "outside_plan"
            case listedNow = "listed_now"
            case difference
        }
    }

    let file: String
    let sha256: String
    var rows = 0
    private(set) var registered = 0
    private(set) var thereBefore = 0
    private(set) var justified = 0
    private(set) var leftToCalculation = 0
    var rejected = 0
    private(set) var repeatedLocalTimes = 0
    var rejectsFile: String?
    private(set) var days: [LineDate: Day] = [:]

    /// Whether every row became something, and every listed one is listed.
    var isBalanced: Bool {
        rows == registered + thereBefore + justified + leftToCalculation + rejected
            && days.values.allSatisfy { $0.difference >= 0 }
    }

    init(file: String, sha256: String) {
        self.file = file
        self.sha256 = sha256
    }

    mutating func add(_ outcome: Outcome, of row: StopRow) {
        var day = days[row.day] ?? Day(lineID: row.line.id.rawValue, date: row.day.date.description)
        day.rows += 1
        if row.hasRepeatedTime { repeatedLocalTimes += 1 }
        switch outcome {
        case .registered(let isPlanned):
            registered += 1
            day.registered += 1
            if !isPlanned { day.outsidePlan += 1 }
        case .thereBefore(let isPlanned):
            thereBefore += 1
            day.thereBefore += 1
            if !isPlanned { day.outsidePlan += 1 }
        case .justified:
            justified += 1
            day.justified += 1
        case .leftToCalculation:
            leftToCalculation += 1
            day.leftToCalculation += 1
        case .rejected:
            rejected += 1
            day.rejected += 1
        }
        days[row.day] = day
    }

    /// Notes how many registered stops are listed on each day of a line.
    mutating func note(_ listed: [LineDate: Int], of line: LineID, code: String) {
        for key in days.keys where key.line == line {
            guard var day = days[key] else { continue }
            day.lineCode = code
            day.listedNow = listed[key] ?? 0
            day.difference = day.listedNow - (day.registered + day.thereBefore - day.outsidePlan)
            days[key] = day
        }
    }

    private enum CodingKeys: String, CodingKey {
        case file
        case sha256
        case rows
        case registered
        case thereBefore = "there_before"
        case justified
        case leftToCalculation = "left_to_calculation"
        case rejected
        case repeatedLocalTimes = "repeated_local_times"
        case rejectsFile = "rejects_file"
        case isBalanced = "is_balanced"
        case days
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(file, forKey: .file)
        try container.encode(sha256, forKey: .sha256)
        try container.encode(rows, forKey: .rows)
        try container.encode(registered, forKey: .registered)
        try container.encode(thereBefore, forKey: .thereBefore)
        try container.encode(justified, forKey: .justified)
        try container.encode(leftToCalculation, forKey: .leftToCalculation)
        try container.encode(rejected, forKey: .rejected)
        try container.encode(repeatedLocalTimes, forKey: .repeatedLocalTimes)
        try container.encode(rejectsFile, forKey: .rejectsFile)
        try container.encode(isBalanced, forKey: .isBalanced)
        try container.encode(sortedDays, forKey: .days)
    }

    private var sortedDays: [Day] { days.keys.sorted().compactMap { days[$0] } }

    var lines: [String] {
        var lines = OpsAnswer.table(
            [
                "LINE", "DATE", "ROWS", "REGISTERED", "THERE BEFORE", "JUSTIFIED", "LEFT", "REJECTED", "OUTSIDE PLAN",
                "LISTED NOW", "DIFFERENCE",
            ],
            sortedDays.map { day in
                [
                    day.lineCode, day.date, String(day.rows), String(day.registered), String(day.thereBefore),
                    String(day.justified), String(day.leftToCalculation), String(day.rejected),
                    String(day.outsidePlan), String(day.listedNow), String(day.difference),
                ]
            })
        lines.append(
            "\(file): \(rows) rows = \(registered) registered + \(thereBefore) there before + \(justified) causes + "
                + "\(leftToCalculation) left to calculation + \(rejected) rejected; "
                + (isBalanced ? "all that should be listed are." : "NOT all that should be listed are."))
        if repeatedLocalTimes > 0 {
            lines.append(
                "\(repeatedLocalTimes) rows have local times that occurred twice; the first of the two was taken.")
        }
        if let rejectsFile { lines.append("Rejected rows: \(rejectsFile)") }
        return lines
    }
}
