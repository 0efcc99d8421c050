import Shared

/// Planned time of one line by shifts, with what is taken out of them and added to them: each moment in one row only, so that
/// the rows come to the planned time.
struct ExplanationPlan {
    private let line: ExplanationReply.Line
    private let localisation: Localisation
    private var rows: [ExplanationTable.Row] = []

    init(_ line: ExplanationReply.Line, hasShift: Bool, _ localisation: Localisation) {
        self.line = line
        self.localisation = localisation
        let base =
            hasShift
            ? IntervalSet(line.counted ?? []) : IntervalSet([line.calendarTime].compactMap { $0 })
        let planned = IntervalSet(line.planned ?? [])
        let instances = (line.shiftInstances ?? []).filter { $0.selected != false }
        var worked = IntervalSet()
        if line.continuousSchedule == true, !hasShift {
            worked = base
            add(localisation.text(.explainContinuous), base.seconds)
        }
        for (name, group) in Self.byName(instances) {
            let all = IntervalSet(group.map { ExplanationReply.Stretch(start: $0.start, end: $0.end) })
                .intersection(base)
            let own = all.subtracting(worked)
            let count = group.count { !IntervalSet([.init(start: $0.start, end: $0.end)]).intersection(base).isEmpty }
            if count > 0 {
                add(
                    localisation.count(count, one: .explainShiftOne, other: .explainShiftOther)
                        .replacing("{name}", with: name), own.seconds)
            }
            worked = worked.union(own)
        }
        takeOut(planned: planned, of: worked, instances)
        let extra = planned.subtracting(worked)
        if !extra.isEmpty { add(localisation.text(.explainExtra), extra.seconds) }
    }

    var table: ExplanationTable {
        ExplanationTable(
            "plan", localisation.text(.explainPlanTitle),
            head: [.text(localisation.text(.explainPlanWhat)), .number(localisation.text(.explainTime))],
            rows: rows,
            sum: .init(
                head: .text(localisation.text(.explainPlanned)),
                cells: [.number(localisation.exactTime(line.figures.plannedSeconds))]),
            emptyText: localisation.text(.reasonNoPlannedTime))
    }

    private mutating func takeOut(
        planned: IntervalSet, of worked: IntervalSet, _ instances: [ExplanationReply.Instance]
    ) {
        var left = worked.subtracting(planned)
        let breaks = left.intersection(IntervalSet(instances.flatMap(\.breaks)))
        if !breaks.isEmpty { add(localisation.text(.explainBreaks), -breaks.seconds) }
        left = left.subtracting(breaks)
        for exception in line.calendarExceptions ?? [] where exception.kind == "closed" {
            let closed = left.intersection(IntervalSet([.init(start: exception.start, end: exception.end)]))
            guard !closed.isEmpty else { continue }
            add(localisation.text(.explainClosed, ["name": exception.name]), -closed.seconds)
            left = left.subtracting(closed)
        }
        if !left.isEmpty { add(localisation.text(.explainOutOfUse), -left.seconds) }
    }

    private mutating func add(_ name: String, _ seconds: Double) {
        let time = localisation.exactTime(abs(seconds))
        rows.append(.init(head: .text(name), cells: [.number(seconds < 0 ? "−\(time)" : time)]))
    }

    /// The instances of each shift, in the order in which the first of them begins.
    private static func byName(
        _ instances: [ExplanationReply.Instance]
    ) -> [(name: String, instances: [ExplanationReply.Instance])] {
        var order: [String] = []
        var groups: [String: [ExplanationReply.Instance]] = [:]
        for instance in instances {
            let name = instance.shiftName ?? Localisation.noValue
            if groups[name] == nil { order.append(name) }
            groups[name, default: []].append(instance)
        }
        return order.map { ($0, groups[$0] ?? []) }
    }
}
