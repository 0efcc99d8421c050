import Shared

/// What a tile says where it has nothing to show.
struct EmptyTile {
    let icon: String
    let text: String
    /// Whether that is good news.
    var isGood = false
}

/// Parts of a whole as bars below one another, each with its name and figures.
struct BarsTile: TileContent {
    struct Bar {
        let name: String
        /// What it belongs to.
        let detail: String?
        let value: String
        let share: String?
        /// Where it begins and how long it is, in hundredths of the whole.
        let start: String
        let length: String
        /// Where it and those above it come to together.
        let notch: String?
        /// `part`, `total`, `loss` or `unknown`.
        let look: String
        /// In place of the look's colour.
        let color: String?
    }

    let summary: String?
    let empty: EmptyTile?
    let bars: [Bar]
    let note: String?
    let json: String

    /// The output by product, the most first.
    init(_ data: ProductAmountsData, _ localisation: Localisation) {
        summary = localisation.text(.productSummary, ["units": localisation.integer(data.totalUnits)])
        empty = data.totalUnits > 0 ? nil : EmptyTile(icon: "box", text: localisation.text(.chartEmpty))
        bars = data.items.prefix(Self.mostBars).map { item in
            Bar(
                name: item.shownName,
                detail: item.weightKilograms > 0 ? localisation.kilograms(item.weightKilograms) : nil,
                value: localisation.integer(item.units), share: item.share.map(localisation.percent),
                start: "0", length: Localisation.hundredths(item.share ?? 0), notch: nil, look: "part",
                color: ProductColor.safe(item.color))
        }
        note = Self.rest(of: data.items.count, localisation)
        json =
            ChartData(
                [
                    .texts(localisation.text(.productProduct), data.items.map(\.shownName)),
                    .numbers(localisation.text(.weightUnits), .count, data.items.map(\.units)),
                    .numbers(localisation.text(.productShare), .ratio, data.items.map(\.share)),
                    .numbers(localisation.text(.productKilograms), .kilograms, data.items.map(\.weightKilograms)),
                    .numbers(localisation.text(.productWeightShare), .ratio, data.items.map(\.weightShare)),
                ], NoDrawing?.none, localisation
            ).json
    }

    /// The detections by area, in the order along each line.
    init(_ data: AreaDetectionData, _ localisation: Localisation) {
        let areLines = Set(data.items.map(\.lineID)).count > 1
        summary = localisation.count(
            Int(data.totalDetections), one: .pageDetectionsOne, other: .pageDetectionsOther)
        empty =
            data.totalDetections > 0 ? nil : EmptyTile(icon: "camera", text: localisation.text(.areaEmpty))
        let longest = data.items.map { $0.share ?? 0 }.max() ?? 0
        let types = data.items.map { localisation["admin.choice.area_type.\($0.areaType)"] }
        bars = zip(data.items, types).prefix(Self.mostBars).map { item, type in
            Bar(
                name: areLines ? "\(item.lineCode) · \(item.name)" : item.name, detail: type,
                value: localisation.integer(item.detections), share: item.share.map(localisation.percent),
                start: "0", length: Localisation.hundredths(longest > 0 ? (item.share ?? 0) / longest : 0), notch: nil,
                look: "part", color: nil)
        }
        note = Self.rest(of: data.items.count, localisation)
        json =
            ChartData(
                [
                    .texts(localisation.text(.columnLine), data.items.map(\.lineCode)),
                    .texts(localisation.text(.areaArea), data.items.map(\.name)),
                    .texts(localisation.text(.areaType), types),
                    .numbers(localisation.text(.areaDetections), .count, data.items.map(\.detections)),
                    .numbers(localisation.text(.productShare), .ratio, data.items.map(\.share)),
                ], NoDrawing?.none, localisation
            ).json
    }

    /// The downtime by failure, the most first; a notch where it and those above it come to together.
    init(_ data: DowntimeParetoData, _ localisation: Localisation) {
        let failures = data.failures.filter { $0.downtimeSeconds > 0 }
        summary = localisation.duration(seconds: data.downtimeSeconds)
        empty =
            failures.isEmpty
            ? EmptyTile(icon: "check", text: localisation.text(.paretoEmpty), isGood: true) : nil
        func name(_ name: String?) -> String { name ?? localisation.text(.stopsUnexplained) }
        bars = failures.prefix(Self.mostBars).map { entry in
            let together = entry.cumulativeShare ?? 0
            return Bar(
                name: name(entry.failureName),
                detail: entry.failureName == nil ? nil : LossCategory.name(entry.category, localisation),
                value: localisation.duration(seconds: entry.downtimeSeconds),
                share: localisation.text(
                    .paretoShares,
                    [
                        "share": localisation.percent(entry.share ?? 0), "together": localisation.percent(together),
                    ]),
                start: "0", length: Localisation.hundredths(entry.share ?? 0), notch: Localisation.hundredths(together),
                look: entry.failureName == nil ? "unknown" : "loss", color: nil)
        }
        note = Self.rest(of: failures.count, localisation)
        let rows = data.incidents.filter { $0.downtimeSeconds > 0 }
        json =
            ChartData(
                [
                    .texts(
                        localisation.text(.paretoCategory), rows.map { LossCategory.name($0.category, localisation) }),
                    .texts(localisation.text(.paretoFailure), rows.map { name($0.failureName) }),
                    .texts(localisation.text(.paretoIncident), rows.map { $0.incidentName ?? Localisation.noValue }),
                    .numbers(
                        localisation.text(.columnDowntime), .seconds, rows.map(\.downtimeSeconds),
                        shown: rows.map { localisation.duration(seconds: $0.downtimeSeconds) }),
                    .numbers(localisation.text(.amountStops), .count, rows.map(\.stops)),
                    .numbers(localisation.text(.amountMicroStops), .count, rows.map(\.microStops)),
                    .numbers(localisation.text(.productShare), .ratio, rows.map(\.share)),
                    .numbers(localisation.text(.paretoTogether), .ratio, rows.map(\.cumulativeShare)),
                ], NoDrawing?.none, localisation
            ).json
    }

    /// From calendar time down to the time of good units, step by step.
    init(_ data: LossWaterfallData, _ localisation: Localisation) {
        let steps = WaterfallSteps(data.steps)
        let whole = steps.whole
        summary = data.oee.map { localisation.text(.waterfallOEE, ["value": localisation.percent($0)]) }
        empty = whole > 0 ? nil : EmptyTile(icon: "clock", text: localisation.text(.waterfallEmpty))
        func hours(_ hundredths: Int?) -> String {
            hundredths.map { localisation.text(.formatHours, ["h": localisation.decimal(Double($0) / 100, digits: 2)]) }
                ?? Localisation.noValue
        }
        func part(_ hundredths: Int) -> String {
            Localisation.hundredths(whole > 0 ? Double(hundredths) / Double(whole) : 0)
        }
        let names = data.steps.map { localisation.text(Self.nameKey($0.key)) }
        bars = zip(steps.steps, names).map { step, name in
            Bar(
                name: step.isLoss ? localisation.text(.waterfallLess, ["loss": name]) : name, detail: nil,
                value: hours(step.length), share: nil, start: part(step.start), length: part(step.length ?? 0),
                notch: nil, look: step.isLoss ? "loss" : "total", color: nil)
        }
        note = data.reason.map { localisation.text(KpiTile.reasonKey($0)) }
        json =
            ChartData(
                [
                    .texts(localisation.text(.waterfallStep), names),
                    .texts(
                        localisation.text(.waterfallKind),
                        steps.steps.map { localisation.text($0.isLoss ? .waterfallLoss : .waterfallTime) }),
                    .numbers(
                        localisation.text(.waterfallHours), .hours, data.steps.map(\.hours),
                        shown: steps.steps.map { hours($0.length) }),
                ], NoDrawing?.none, localisation
            ).json
    }

    /// More are in the table only.
    private static let mostBars = 10

    private static func rest(of count: Int, _ localisation: Localisation) -> String? {
        let rest = count - mostBars
        return rest > 0 ? localisation.count(rest, one: .chartRestOne, other: .chartRestOther) : nil
    }

    private static func nameKey(_ key: String) -> TextKey {
        switch key {
        case "calendar": .waterfallCalendar
        case "not_planned": .waterfallNotPlanned
        case "planned": .waterfallPlanned
        case "stopped": .waterfallStopped
        case "running": .waterfallRunning
        case "slower": .waterfallSlower
        case "ideal": .waterfallIdeal
        case "rejected": .waterfallRejected
        default: .waterfallGood
        }
    }
}

/// The steps of a waterfall in hundredths of hours, rounded so that they add up as they are read: each total by itself, and
/// each loss as what lies between two of them.
private struct WaterfallSteps {
    struct Step {
        let isLoss: Bool
        let start: Int
        /// Nil where it is not known.
        let length: Int?
    }

    let steps: [Step]
    let whole: Int

    init(_ steps: [LossWaterfallData.Step]) {
        let totals = steps.map { step in
            step.kind == "total" ? step.hours.map { Int(($0 * 100).rounded(.toNearestOrAwayFromZero)) } : nil
        }
        self.steps = steps.indices.map { place in
            guard steps[place].kind == "loss" else {
                return Step(isLoss: false, start: 0, length: totals[place])
            }
            let before = place > 0 ? totals[place - 1] : nil
            let after = place + 1 < totals.count ? totals[place + 1] : nil
            guard let before, let after else { return Step(isLoss: true, start: 0, length: nil) }
            return Step(isLoss: true, start: after, length: before - after)
        }
        whole = totals.first.flatMap { $0 } ?? 0
    }
}
