import Foundation
import Shared

/// What `chart_<kind>.js` draws, with its table and the totals above it.
struct ChartTile: TileContent {
    struct Total {
        let name: String
        let value: String
    }

    let summary: String?
    let empty: EmptyTile?
    let kind: String
    let json: String
    let totals: [Total]
    let hasTotals: Bool
    let note: String?

    private struct Axis: Encodable {
        let axis: [String]
    }

    private init<Drawing: Encodable>(
        _ kind: String, summary: String?, empty: EmptyTile?, totals: [Total] = [], note: String? = nil,
        _ data: ChartData<Drawing>
    ) {
        self.kind = kind
        self.summary = summary
        self.empty = empty
        self.totals = totals
        hasTotals = !totals.isEmpty
        self.note = note
        json = data.json
    }

    /// The OEE and its terms per bucket, with the target; a bucket leads to its stops.
    init(_ data: OEETrendData, _ context: TileContext) {
        let localisation = context.localisation
        let labels = BucketLabels(data.interval, localisation)
        let links = data.buckets.map { bucket -> String in
            let days = bucket.days(on: context.clock)
            return context.address(.stops) { view in
                view.period = .custom
                view.from = days.from
                view.to = days.to
            }
        }
        func ratios(_ kind: WidgetKind, _ value: (OEETrendData.Bucket) -> Double?) -> ChartColumn {
            .numbers(localisation[kind.nameKey], .ratio, data.buckets.map(value))
        }
        let seconds = data.buckets.map(\.downtimeSeconds)
        let isKnown = data.buckets.contains { $0.oee != nil || $0.availability != nil }
        self.init(
            "trend",
            summary: localisation.text(.trendSummary, ["interval": localisation.text(labels.size.perKey)]),
            empty: isKnown ? nil : EmptyTile(icon: "bars", text: localisation.text(.trendEmpty)),
            ChartData(
                [
                    labels.column(data.buckets.map(\.bucket), links: links),
                    ratios(.oee, \.oee), ratios(.availability, \.availability), ratios(.performance, \.performance),
                    ratios(.quality, \.quality),
                    .numbers(localisation.text(.columnTarget), .ratio, data.buckets.map(\.target)),
                    .numbers(
                        localisation.text(.columnDowntime), .seconds, seconds,
                        shown: seconds.map {
                            $0.map { localisation.duration(seconds: $0) } ?? Localisation.noValue
                        }),
                    .numbers(localisation.text(.amountStops), .count, data.buckets.map(\.stops)),
                    .numbers(localisation.text(.weightUnits), .count, data.buckets.map(\.totalProduction)),
                ],
                Axis(axis: data.buckets.map { labels.axis($0.label) }), localisation)
        )
    }

    /// What entered and what left per bucket, with the sums.
    init(_ data: EntryOutputData, _ localisation: Localisation) {
        let labels = BucketLabels(data.interval, localisation)
        let totals = data.totals
        let scrap = localisation.integer(totals.scrap)
        let share = totals.scrapShare.map { " (\(localisation.percent($0)))" } ?? ""
        let empty: EmptyTile? =
            data.lineIDs.isEmpty
            ? EmptyTile(icon: "camera", text: localisation.text(.flowNotMeasured))
            : totals.input + totals.output == 0
                ? EmptyTile(icon: "bars", text: localisation.text(.chartEmpty)) : nil
        self.init(
            "flow",
            summary: localisation.text(.chartSummary, ["interval": localisation.text(labels.size.perKey)]),
            empty: empty,
            totals: [
                Total(name: localisation.text(.flowInput), value: localisation.integer(totals.input)),
                Total(name: localisation.text(.flowOutput), value: localisation.integer(totals.output)),
                Total(name: localisation.text(.productionScrap), value: scrap + share),
            ],
            ChartData(
                [
                    labels.column(data.buckets),
                    .numbers(localisation.text(.flowInput), .count, data.input),
                    .numbers(localisation.text(.flowOutput), .count, data.output),
                    .numbers(localisation.text(.flowDifference), .count, data.difference),
                ],
                Axis(axis: data.buckets.map { labels.axis($0.label) }), localisation)
        )
    }

    /// Each stop by the hour it began and how long it was; a stop leads to itself.
    init(_ data: ScatterData, _ context: TileContext) {
        let localisation = context.localisation
        let starts = data.start.map { PlantClock.instant($0) ?? context.now }
        let causes = data.start.indices.map { index in
            context.cause(
                incident: data.incidentID[index], failureName: data.failureName[index],
                incidentName: data.incidentName[index], reason: data.reason[index])
        }
        let unjustified = localisation.text(.chartStopCalculated)
        self.init(
            "scatter",
            summary: localisation.count(Int(data.count), one: .scatterCountOne, other: .scatterCountOther),
            empty: data.start.isEmpty
                ? EmptyTile(icon: "check", text: localisation.text(.downtimeEmpty), isGood: true) : nil,
            note: data.more > 0
                ? localisation.count(Int(data.more), one: .downtimeMoreOne, other: .downtimeMoreOther) : nil,
            ChartData(
                [
                    .texts(
                        localisation.text(.columnStart), data.start, shown: starts.map { context.clock.moment($0) },
                        links: data.lineID.indices.map {
                            context.stop(
                                line: data.lineID[$0], start: starts[$0], kind: data.kind[$0], source: data.source[$0])
                        }),
                    .texts(localisation.text(.columnLine), data.lineID.map(context.code(ofLine:))),
                    .numbers(
                        localisation.text(.columnDuration), .seconds, data.durationSeconds,
                        shown: data.durationSeconds.map { localisation.duration(seconds: $0) }),
                    .texts(localisation.text(.columnCause), causes.map { $0 ?? unjustified }),
                ],
                ScatterDrawing(
                    hours: data.hour, isJustified: causes.map { $0 != nil },
                    hourName: localisation.text(.scatterHour), durationName: localisation.text(.scatterDuration),
                    justified: localisation.text(.chartStopJustified), unjustified: unjustified),
                localisation)
        )
    }

    private struct ScatterDrawing: Encodable {
        let hours: [Double]
        let isJustified: [Bool]
        let hourName: String
        let durationName: String
        let justified: String
        let unjustified: String
    }
}

extension OEETrendData.Bucket {
    fileprivate var bucket: BucketData { BucketData(start: start, end: end, label: label) }

    /// Its first and last local date.
    fileprivate func days(on clock: PlantClock) -> (from: String, to: String) {
        if label.count == 10, !label.contains("W") { return (label, label) }
        let from = PlantClock.instant(start).map(clock.date) ?? label
        let to = PlantClock.instant(end).map { clock.date($0.addingTimeInterval(-1)) } ?? label
        return (from, to)
    }
}
