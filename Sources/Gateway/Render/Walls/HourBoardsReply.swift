/// The answer of a tenant's worker to the question for the hours of a shift.
struct HourBoardsReply: Decodable, Sendable {
    struct Line: Decodable, Sendable {
        let lineID: Int64
        let lineCode: String
        let lineName: String

        private enum CodingKeys: String, CodingKey {
            case lineID = "line_id"
            case lineCode = "line_code"
            case lineName = "line_name"
        }
    }

    struct Loss: Decodable, Sendable {
        enum Kind: String, Decodable {
            case stop
            case speed
            case quality
        }

        let kind: Kind
        let lineCode: String
        let seconds: Double
        let incidentName: String?
        let reason: String?

        private enum CodingKeys: String, CodingKey {
            case kind
            case lineCode = "line_code"
            case seconds
            case incidentName = "incident_name"
            case reason
        }
    }

    struct Hour: Decodable, Sendable {
        let start: String
        let end: String
        let plannedSeconds: Double
        /// Nil where a planned line has no rate.
        let target: Double?
        let targetKind: String
        /// Nil, as what follows, of an hour that is still to come.
        let actual: Double?
        let difference: Double?
        let largestLoss: Loss?
        let cumulativeTarget: Double?
        let cumulativeActual: Double?
        let cumulativeDifference: Double?

        private enum CodingKeys: String, CodingKey {
            case start
            case end
            case plannedSeconds = "planned_seconds"
            case target
            case targetKind = "target_kind"
            case actual
            case difference
            case largestLoss = "largest_loss"
            case cumulativeTarget = "cumulative_target"
            case cumulativeActual = "cumulative_actual"
            case cumulativeDifference = "cumulative_difference"
        }
    }

    struct Hours: Decodable, Sendable {
        let hours: [Hour]
        let toCome: [Hour]

        private enum CodingKeys: String, CodingKey {
            case hours
            case toCome = "to_come"
        }
    }

    struct Board: Decodable, Sendable {
        let lines: [Line]
        let plantName: String?
        let timezone: String
        let working: LineShiftsReply.Working
        let previous: LineShiftsReply.Working?
        let next: LineShiftsReply.Working?
        let hours: Hours

        private enum CodingKeys: String, CodingKey {
            case lines
            case plantName = "plant_name"
            case timezone
            case working
            case previous
            case next
            case hours
        }
    }

    let boards: [Board]
    /// The codes of lines that do not work the shift asked for.
    let idle: [String]
    let now: String
}
