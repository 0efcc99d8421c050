import ManufacturingKPI
import Shared

/// The figures of a line or of several as the API shows them.
enum IndicatorsJSON {
    /// One figure, in the form it is written.
    enum Amount {
        /// Microseconds, written as seconds.
        case time(Int64?)
        case count(Int?)
        case number(Double?)

        /// What this one has more than another; nothing where either has no value.
        func less(_ other: Amount) -> Amount {
            switch (self, other) {
            case (.time(let left?), .time(let right?)): .time(left - right)
            case (.count(let left?), .count(let right?)): .count(left - right)
            case (.number(let left?), .number(let right?)): .number(left - right)
            case (.time, _): .time(nil)
            case (.count, _): .count(nil)
            case (.number, _): .number(nil)
            }
        }
    }

    typealias Member = (name: StaticString, amount: Amount)

    /// The figures by name, in the order they are written.
    static func members(of indicators: LineIndicators) -> [Member] {
        let sums = indicators.sums
        return [
            ("calendar_seconds", .time(sums.calendar)),
            ("planned_seconds", .time(sums.planned)),
            ("downtime_seconds", .time(sums.downtime)),
            ("unobserved_seconds", .time(sums.unobserved)),
            ("runtime_seconds", .time(sums.runtime)),
            ("produced", .count(sums.produced)),
            ("good", .count(sums.good)),
            ("scrap", .count(indicators.scrap)),
            ("total_production", .count(sums.totalProduction)),
            ("unplanned_production", .count(sums.unplannedProduction)),
            ("weight_kg", .number(indicators.weightKilograms)),
            ("ideal_seconds", .number(indicators.idealSeconds.value)),
            ("availability", .number(indicators.availability.value)),
            ("performance", .number(indicators.performance.value)),
            ("quality", .number(indicators.quality.value)),
            ("oee", .number(indicators.oee.value)),
            ("teep", .number(indicators.teep.value)),
            ("raw_performance", .number(indicators.rawPerformance.value)),
            ("raw_quality", .number(indicators.rawQuality.value)),
            ("stops", .count(sums.stops)),
            ("micro_stops", .count(sums.microStops)),
            ("mtbf_seconds", .number(indicators.meanTimeBetweenStops.value)),
            ("mttr_seconds", .number(indicators.meanStop.value)),
        ]
    }

    /// What of these figures a product or an area has: amounts. Times, stops and quotients are of whole lines.
    static func members(of amounts: GroupAmounts) -> [Member] {
        [
            ("calendar_seconds", .time(nil)),
            ("planned_seconds", .time(nil)),
            ("downtime_seconds", .time(nil)),
            ("unobserved_seconds", .time(nil)),
            ("runtime_seconds", .time(nil)),
            ("produced", .count(amounts.produced)),
            ("good", .count(amounts.good)),
            ("scrap", .count(amounts.scrap)),
            ("total_production", .count(amounts.totalProduction)),
            ("unplanned_production", .count(amounts.totalProduction - amounts.good)),
            ("weight_kg", .number(Double(amounts.weightGrams) / 1_000)),
            ("ideal_seconds", .number(amounts.ideal)),
            ("availability", .number(nil)),
            ("performance", .number(nil)),
            ("quality", .number(nil)),
            ("oee", .number(nil)),
            ("teep", .number(nil)),
            ("raw_performance", .number(nil)),
            ("raw_quality", .number(nil)),
            ("stops", .count(nil)),
            ("micro_stops", .count(nil)),
            ("mtbf_seconds", .number(nil)),
            ("mttr_seconds", .number(nil)),
            ("detections", .count(amounts.detections)),
        ]
    }

    /// Writes figures into the object that is open.
    static func write(_ members: [Member], to json: inout JSONWriter) {
        for (name, amount) in members {
            switch amount {
            case .time(let microseconds): json.field(name, seconds: microseconds)
            case .count(let count): json.field(name, count)
            case .number(let number): json.field(name, number)
            }
        }
    }

    /// Writes what is more in the first than in the second, both of one kind.
    static func writeDifferences(_ members: [Member], less others: [Member], to json: inout JSONWriter) {
        write(zip(members, others).map { ($0.name, $0.amount.less($1.amount)) }, to: &json)
    }

    /// Writes the members into the object that is open.
    static func write(_ indicators: LineIndicators, to json: inout JSONWriter) {
        write(members(of: indicators), to: &json)
        json.flags(indicators.flags)
    }
}
