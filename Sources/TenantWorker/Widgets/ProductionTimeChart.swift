import ManufacturingKPI
import Shared

/// ProductionTimeChart: output per bucket and product, with the stops of a single line.
struct ProductionTimeChart {
    private let dashboard: Dashboard
    private let series: ProductionSeries

    init(_ dashboard: Dashboard) throws {
        self.dashboard = dashboard
        var series = ProductionSeries(
            interval: dashboard.query.interval,
            split: .product,
            areas: dashboard.query.areas.map(Set.init),
            products: dashboard.query.products.map(Set.init)
        )
        for question in dashboard.questions { try series.add(question) }
        self.series = series
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("interval", dashboard.query.interval.rawValue)
            let zones = Set(dashboard.questions.map(\.zone.name))
            json.field("timezone", zones.count == 1 ? zones.first : nil)
            json.key("buckets")
            json.array { json in
                for index in series.labels.indices {
                    json.object { json in
                        json.field("start", series.bounds[index].start)
                        json.field("end", series.bounds[index].end)
                        json.field("label", series.labels[index])
                    }
                }
            }
            json.key("series")
            json.array { json in
                for (key, counts) in series.counts {
                    let product = Int64(key).flatMap { dashboard.model.product(ProductID($0)) }
                    json.object { json in
                        json.field("product_id", product?.id.rawValue)
                        json.field("name", product?.name ?? key)
                        json.field("color", product?.color)
                        json.key("counts")
                        json.array { json in
                            for count in counts { json.value(count) }
                        }
                    }
                }
            }
            json.key("total")
            json.array { json in
                for count in series.totals { json.value(count) }
            }
            json.key("stops")
            json.array { json in
                guard dashboard.query.showsDowntime, dashboard.questions.count == 1 else { return }
                for stop in dashboard.stops[0] { write(stop, to: &json) }
            }
        }
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
