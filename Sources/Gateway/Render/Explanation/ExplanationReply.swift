import Foundation
import Shared

/// What a figure is made of, as the worker told it, and who asks.
struct Explanation: Sendable {
    var widget: WidgetKind
    var figure: ExplainedFigure
    var reply: ExplanationReply
    var causes: StopCauses
    /// The areas and products asked for.
    var units = ChosenUnits()
    /// Whether whoever asks may see single detections.
    var readsDetections: Bool
}

/// The answer of GET /explain/kpis as far as the panel shows it. What only a whole explanation has is optional.
struct ExplanationReply: Decodable, Sendable {
    struct Period: Decodable, Sendable {
        var from: String?
        var to: String?
        var timezone: String?
    }

    struct Stretch: Decodable, Sendable {
        var start: String
        var end: String
    }

    struct Figures: Decodable, Sendable {
        var plannedSeconds: Double
        var downtimeSeconds: Double
        var runtimeSeconds: Double
        var produced: Int
        var good: Int
        var scrap: Int
        var totalProduction: Int
        var unplannedProduction: Int
        var weightKg: Double
        var idealSeconds: Double?
        var availability: Double?
        var performance: Double?
        var quality: Double?
        var oee: Double?
        var rawPerformance: Double?
        var rawQuality: Double?
        var stops: Int
        var microStops: Int
        var mtbfSeconds: Double?
        var mttrSeconds: Double?
        var flags: [String]
    }

    struct WeightEfficiency: Decodable, Sendable {
        var value: Double?
        var reason: String?
        var weightKg: Double
        var nominalWeightKg: Double
    }

    struct Sums: Decodable, Sendable {
        var linesWithRate: Int
        var runtimeSecondsWithRate: Double
        var idealRunningSeconds: Double
        var idealGoodSeconds: Double
        var dualProduced: Int
        var dualGood: Int
        var stopDowntimeSeconds: Double
    }

    struct Total: Decodable, Sendable {
        var sums: Sums
        var weightEfficiency: WeightEfficiency
        var figures: Figures
    }

    struct Instance: Decodable, Sendable {
        var shiftName: String?
        var start: String
        var end: String
        /// Nil where no shift is chosen.
        var selected: Bool?
        var breaks: [Stretch]
    }

    struct Exception: Decodable, Sendable {
        var kind: String
        var name: String
        var start: String
        var end: String
    }

    struct Settings: Decodable, Sendable {
        var downtimeThresholdSeconds: Double
    }

    struct Stop: Decodable, Sendable {
        var start: String
        var end: String
        var status: String
        var plannedSeconds: Double
        var source: String
        var kind: String
        var incidentId: Int64?
        var reason: String?
    }

    struct Count: Decodable, Sendable {
        var areaType: String
        var productId: Int64
        var inPlan: Int
        var total: Int
    }

    struct Weighing: Decodable, Sendable {
        var weightKg: Double
        var output: Int
        /// Nil where no shift is chosen.
        var inShift: Int?
    }

    struct Rating: Decodable, Sendable {
        var productRatePerMinute: Double?
        var lineRatePerMinute: Double?
        var produced: Int
        var idealSeconds: Double?
    }

    struct Product: Decodable, Sendable {
        var productId: Int64
        var productCode: String?
        var weights: [Weighing]
        var rates: [Rating]
    }

    /// The units of the areas and products asked for.
    struct Selected: Decodable, Sendable {
        struct Product: Decodable, Sendable {
            var productId: Int64
            var productCode: String?
            var units: Int
            var inPlan: Int
            var weightKg: Double
        }

        var units: Int
        var inPlan: Int
        var weightKg: Double
        /// Of dual lines, whatever areas are asked for; a worker of before does not say.
        var dualProduced: Int?
        var dualGood: Int?
        var products: [Product]
    }

    struct Line: Decodable, Sendable {
        var lineId: Int64
        var lineCode: String
        var period: Period
        var weightEfficiency: WeightEfficiency
        var figures: Figures
        var calendarTime: Stretch?
        var continuousSchedule: Bool?
        var shiftInstances: [Instance]?
        var calendarExceptions: [Exception]?
        var planned: [Stretch]?
        var counted: [Stretch]?
        var settings: [Settings]?
        var stops: [Stop]?
        var counts: [Count]?
        var products: [Product]?
        var isDual: Bool?
        /// Nil where all are asked for.
        var selected: Selected?
    }

    var period: Period
    var shiftId: Int64?
    /// In place of the lines' own.
    var thresholdSeconds: Double?
    var lines: [Line]
    var total: Total

    /// The one line there is, with all that is known of it.
    var only: Line? { lines.count == 1 && lines[0].planned != nil ? lines[0] : nil }

    /// What is said of units made in planned time, or in the chosen shift, and of the others.
    var productionParts: (inPlan: TextKey, outside: TextKey) {
        shiftId == nil ? (.explainInPlan, .explainUnplanned) : (.productionInShift, .productionOutsideShift)
    }

    /// With the amounts of the areas and products asked for in place of those of all.
    var ofSelected: ExplanationReply {
        var reply = self
        reply.lines = lines.map(\.ofSelected)
        reply.total.sums.dualProduced = lines.reduce(0) { $0 + ($1.selected?.dualProduced ?? 0) }
        reply.total.sums.dualGood = lines.reduce(0) { $0 + ($1.selected?.dualGood ?? 0) }
        reply.total.figures.scrap = max(0, reply.total.sums.dualProduced - reply.total.sums.dualGood)
        reply.total.figures.take(
            units: reply.lines.reduce(0) { $0 + $1.figures.totalProduction },
            inPlan: reply.lines.reduce(0) { $0 + $1.figures.good },
            weightKg: reply.lines.reduce(0) { $0 + $1.figures.weightKg })
        return reply
    }

    /// Reads the members by the names the API has for them.
    static func read(_ json: Data) throws -> ExplanationReply {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(ExplanationReply.self, from: json)
    }
}

extension ExplanationReply.Figures {
    fileprivate mutating func take(units: Int, inPlan: Int, weightKg: Double) {
        totalProduction = units
        good = inPlan
        unplannedProduction = units - inPlan
        self.weightKg = weightKg
        // What was said of all units may not hold of these.
        flags.removeAll { !["no_planned_time", "continuous_schedule", "unobserved"].contains($0) }
        if units == 0, plannedSeconds > 0 { flags.append("no_detections") }
        if units > inPlan { flags.append("production_outside_plan") }
    }
}

extension ExplanationReply.Line {
    fileprivate var ofSelected: ExplanationReply.Line {
        guard let selected else { return self }
        var line = self
        line.figures.scrap = max(0, (selected.dualProduced ?? 0) - (selected.dualGood ?? 0))
        line.figures.take(units: selected.units, inPlan: selected.inPlan, weightKg: selected.weightKg)
        line.counts = selected.products.map { product in
            .init(areaType: "output", productId: product.productId, inPlan: product.inPlan, total: product.units)
        }
        line.products = selected.products.map { product in
            let weight = product.units > 0 ? product.weightKg / Double(product.units) : 0
            return .init(
                productId: product.productId, productCode: product.productCode,
                weights: [.init(weightKg: weight, output: product.units)], rates: [])
        }
        return line
    }
}

extension IntervalSet {
    /// Stretches as the API tells them; what is no instant is left out.
    init(_ stretches: some Sequence<ExplanationReply.Stretch>) {
        self.init(
            union: stretches.compactMap { stretch in
                guard let start = try? Instant(iso8601: stretch.start), let end = try? Instant(iso8601: stretch.end),
                    start <= end
                else { return nil }
                return Interval(start: start, end: end)
            })
    }

    var seconds: Double { Double(length) / Double(Instant.microsecondsPerSecond) }
}
