import ManufacturingKPI
import Shared

/// ProductionTimeChart: output per bucket and product, with the stops of a single line.
struct ProductionTimeChart {
    private let dashboard: Dashboard
    private let production: ProductionSeries
    /// Of the only line, where they are wanted: the newest, and how many older ones there are.
    private let stops: [Stop]
    private let olderStops: Int

    init(_ dashboard: Dashboard) throws {
        self.dashboard = dashboard
        production = try ProductionSeries(
            dashboard.query.interval, of: dashboard.questions, split: .product, dashboard.selection)
        let showsStops = dashboard.query.filters.showsDowntime && dashboard.questions.count == 1
        stops = showsStops ? try dashboard.stops.get().lines[0] : []
        olderStops = showsStops ? try dashboard.countOfStops.get() - stops.count : 0
    }

    func write(to json: inout JSONWriter) {
        let filters = dashboard.query.filters
        let totals = production.totals
        json.object { json in
            json.field("interval", filters.interval.rawValue)
            json.field("curve_type", filters.curve.rawValue)
            json.field("unit", "units")
            let zones = Set(dashboard.questions.map(\.zone.name))
            json.field("timezone", zones.count == 1 ? zones.first : nil)
            production.grid.write(to: &json)
            json.key("series")
            json.array { json in
                for (id, counts) in production.series {
                    json.object { json in
                        let product = dashboard.model.product(ProductID(id))
                        json.field("product_id", id)
                        json.field("name", product?.name ?? String(id))
                        json.field("color", product?.color)
                        json.counts("counts", counts)
                    }
                }
            }
            json.counts("total", totals)
            json.counts("peaks", filters.highlightsPeaks ? Self.peaks(totals) : [])
            json.key("stops")
            json.array { json in
                for stop in stops { write(stop, to: &json) }
            }
            json.field("more_stops", olderStops)
        }
    }

    /// The places of the highest total, where there is any output.
    private static func peaks(_ totals: [Int]) -> [Int] {
        guard let highest = totals.max(), highest > 0 else { return [] }
        return totals.indices.filter { totals[$0] == highest }
    }

    private func write(_ stop: Stop, to json: inout JSONWriter) {
        json.object { json in
            json.field("event_id", stop.id?.rawValue)
            json.field("start", stop.interval.start)
            json.field("end", stop.end)
            json.field("kind", stop.kind.rawValue)
            json.field("source", stop.source.rawValue)
            json.field("justified", stop.cause != nil)
            json.field("reason", stop.cause?.reason)
        }
    }
}
