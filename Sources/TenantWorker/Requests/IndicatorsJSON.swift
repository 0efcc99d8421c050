import ManufacturingKPI
import Shared

/// The figures of a line or of several as the API shows them.
enum IndicatorsJSON {
    /// Writes the members into the object that is open.
    static func write(_ indicators: LineIndicators, to json: inout JSONWriter) {
        let sums = indicators.sums
        json.field("calendar_seconds", seconds: sums.calendar)
        json.field("planned_seconds", seconds: sums.planned)
        json.field("downtime_seconds", seconds: sums.downtime)
        json.field("runtime_seconds", seconds: sums.runtime)
        json.field("produced", sums.produced)
        json.field("good", sums.good)
        json.field("scrap", indicators.scrap)
        json.field("total_production", sums.totalProduction)
        json.field("unplanned_production", sums.unplannedProduction)
        json.field("weight_kg", indicators.weightKilograms)
        json.field("ideal_seconds", indicators.idealSeconds.value)
        json.field("availability", indicators.availability.value)
        json.field("performance", indicators.performance.value)
        json.field("quality", indicators.quality.value)
        json.field("oee", indicators.oee.value)
        json.field("teep", indicators.teep.value)
        json.field("raw_performance", indicators.rawPerformance.value)
        json.field("raw_quality", indicators.rawQuality.value)
        json.field("stops", sums.stops)
        json.field("micro_stops", sums.microStops)
        json.field("mtbf_seconds", indicators.meanTimeBetweenStops.value)
        json.field("mttr_seconds", indicators.meanStop.value)
        json.key("flags")
        json.array { json in
            for name in indicators.flags.names { json.value(name) }
        }
    }
}
