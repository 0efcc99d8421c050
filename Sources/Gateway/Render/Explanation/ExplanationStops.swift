import Foundation
import Shared

/// The stops of one line, each with the part of it that counts, of which the longest comes first.
struct ExplanationStops {
    /// How many are shown one by one; the shorter ones are told together.
    private static let rows = 40
    /// How far before and after a stop its detections are shown.
    private static let edge: TimeInterval = 60

    private let line: ExplanationReply.Line
    private let explanation: Explanation
    private let clock: PlantClock
    private let base: String
    private let localisation: Localisation

    init(
        _ line: ExplanationReply.Line, _ explanation: Explanation, clock: PlantClock, base: String,
        _ localisation: Localisation
    ) {
        self.line = line
        self.explanation = explanation
        self.clock = clock
        self.base = base
        self.localisation = localisation
    }

    var table: ExplanationTable {
        let stops = (line.stops ?? []).sorted { ($0.plannedSeconds, $0.start) > ($1.plannedSeconds, $1.start) }
        let listed = stops.filter { $0.kind != "remainder" }
        let remainders = stops.filter { $0.kind == "remainder" }
        var rows = listed.prefix(Self.rows).map(row)
        func addTogether(_ stops: some Collection<ExplanationReply.Stop>, _ one: TextKey, _ other: TextKey) {
            guard !stops.isEmpty else { return }
            let seconds = stops.reduce(0) { $0 + $1.plannedSeconds }
            rows.append(
                .init(
                    head: .text(localisation.count(stops.count, one: one, other: other)),
                    cells: [.text(""), .number(localisation.exactTime(seconds))]))
        }
        addTogether(listed.dropFirst(Self.rows), .explainShorterOne, .explainShorterOther)
        addTogether(remainders, .explainRemainderOne, .explainRemainderOther)
        let seconds = explanation.reply.thresholdSeconds ?? line.settings?.last?.downtimeThresholdSeconds
        let threshold = seconds.map { seconds in
            localisation.text(.explainThreshold, ["time": localisation.duration(seconds: seconds)])
        }
        return ExplanationTable(
            "stops", localisation.text(.explainStops),
            head: [
                .text(localisation.text(.explainWhen)), .text(localisation.text(.explainCause)),
                .number(localisation.text(.explainInPlannedTime)),
            ],
            rows: rows,
            sum: .init(
                head: .text(localisation.text(.explainStopped)),
                cells: [.text(""), .number(localisation.exactTime(line.figures.downtimeSeconds))]),
            notes: [threshold].compactMap { $0 },
            emptyText: localisation.text(.explainNoStops))
    }

    private func row(_ stop: ExplanationReply.Stop) -> ExplanationTable.Row {
        let start = PlantClock.instant(stop.start)
        let end = stop.status == "ongoing" ? nil : PlantClock.instant(stop.end)
        let begun = start.map { clock.moment($0) } ?? Localisation.noValue
        let named = stop.incidentId.map { id in
            explanation.causes.name(of: id) ?? localisation.text(.downtimeIncident, ["n": "\(id)"])
        }
        let badge: TextKey? =
            stop.kind == "micro" ? .downtimeMicro : stop.source == "registered" ? .downtimeRegistered : nil
        let when =
            end.map { "\(begun) – \(clock.moment($0, besides: start))" }
            ?? "\(begun) · \(localisation.text(.downtimeOngoing))"
        // With a threshold that the page of stops does not know, only what is registered is sure to be there.
        let isOnPage = explanation.reply.thresholdSeconds == nil || stop.source == "registered"
        return .init(
            head: .init(
                text: when,
                badge: badge.map { localisation.text($0) },
                address: isOnPage
                    ? start.map {
                        StopOfWall(line: line.lineId, start: $0).address(isMicro: stop.kind == "micro", base: base)
                    } : nil,
                detections: explanation.readsDetections ? start.map { around(from: $0, to: end ?? $0) } : nil),
            cells: [
                .text(named ?? stop.reason ?? localisation.text(.explainUnjustified)),
                .number(localisation.exactTime(stop.plannedSeconds)),
            ])
    }

    /// Where the detections at the edges of a stop are asked for.
    private func around(from start: Date, to end: Date) -> String {
        ExplainedDetections.address(
            line: line.lineId, from: start.addingTimeInterval(-Self.edge), to: end.addingTimeInterval(Self.edge),
            base: base)
    }
}
