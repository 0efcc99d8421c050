import Shared

extension QueryFields {
    /// The parameters that all questions about figures share.
    mutating func analysis() -> AnalysisQuery {
        let period = period("from", "to")
        let threshold = integer("threshold_seconds", in: DowntimeThresholdFilter.range)
        let plant = identifier("plant_id", as: PlantID.self)
        let shift = identifier("shift_id", as: ShiftID.self)
        return AnalysisQuery(
            period: period,
            lines: lineSelection(),
            plant: plant,
            shift: shift,
            thresholdSeconds: threshold.map(Int.init)
        )
    }

    /// Both ends of a period; a missing one is a fault, after which the period is never asked with.
    mutating func period(_ from: String, _ to: String) -> PeriodRequest {
        let standIn = PeriodBound.instant(Instant(microseconds: 0))
        let (start, end) = (bound(from), bound(to))
        return PeriodRequest(from: start ?? standIn, to: end ?? standIn)
    }

    /// Both ends of a period or neither; one alone lacks the other.
    mutating func optionalPeriod(_ from: String, _ to: String) -> PeriodRequest? {
        let isGiven = !values(from).isEmpty || !values(to).isEmpty
        note(from, PeriodBound.shape)
        note(to, PeriodBound.shape)
        guard isGiven else { return nil }
        return period(from, to)
    }

    private mutating func bound(_ name: String) -> PeriodBound? {
        note(name, PeriodBound.shape)
        noteRequired(name)
        guard let text = text(name) else {
            fault(name, .required)
            return nil
        }
        do {
            return try PeriodBound(parsing: text)
        } catch {
            fault(name, .invalidTime, limit: "YYYY-MM-DD, YYYY-MM-DDTHH:MM, YYYY-MM-DDTHH:MM:SSZ")
            return nil
        }
    }

    /// Ids, `all`, or a group; anything else is a fault.
    private mutating func lineSelection() -> LineSelection {
        note("line_id", .either([.list(.id), ProductionLineFilter.word]))
        guard let lines = ProductionLineFilter.selection(of: values("line_id")) else {
            fault("line_id", .unknownLine)
            return .all
        }
        return lines
    }
}
