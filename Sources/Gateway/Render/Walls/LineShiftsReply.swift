/// The answer of a tenant's worker to the question what lines do and have made in the shift they work.
struct LineShiftsReply: Decodable, Sendable {
    struct Working: Decodable, Hashable, Sendable {
        /// Nil: the whole day.
        let shiftID: Int64?
        let shiftName: String?
        let date: String
        let start: String
        let end: String

        private enum CodingKeys: String, CodingKey {
            case shiftID = "shift_id"
            case shiftName = "shift_name"
            case date
            case start
            case end
        }
    }

    struct Cause: Decodable, Sendable {
        let incidentName: String?
        let failureName: String?
        let reason: String?

        private enum CodingKeys: String, CodingKey {
            case incidentName = "incident_name"
            case failureName = "failure_name"
            case reason
        }
    }

    struct Line: Decodable, Sendable {
        let lineID: Int64
        let lineCode: String
        let lineName: String
        let plantID: Int64
        let plantName: String
        let timezone: String
        let working: Working
        let units: Double
        let target: Double?
        let targetKind: String
        let plannedSeconds: Double
        let oee: Double?
        let state: LineStatusData.Line
        /// Of the stop that runs.
        let cause: Cause?

        private enum CodingKeys: String, CodingKey {
            case lineID = "line_id"
            case lineCode = "line_code"
            case lineName = "line_name"
            case plantID = "plant_id"
            case plantName = "plant_name"
            case timezone
            case working
            case units
            case target
            case targetKind = "target_kind"
            case plannedSeconds = "planned_seconds"
            case oee
            case state
            case cause
        }
    }

    let lines: [Line]
    let now: String
}
