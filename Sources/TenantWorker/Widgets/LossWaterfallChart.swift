import ManufacturingKPI
import Shared

/// LossWaterfall: calendar time less each loss down to the time of good units; every step is the one before less its loss,
/// to the microsecond.
struct LossWaterfallChart {
    private let dashboard: Dashboard

    init(_ dashboard: Dashboard) {
        self.dashboard = dashboard
    }

    func write(to json: inout JSONWriter) throws {
        let current = try dashboard.current.get()
        let waterfall = LossWaterfall(current)
        let categories = dashboard.model.lossCategories
        var stopped = DowntimeByCategory()
        for question in dashboard.questions {
            stopped += DowntimeByCategory(
                question.facts.stops, planned: question.time.planned, categories: categories)
        }
        json.object { json in
            json.field("unit", "hours")
            json.key("steps")
            json.array { json in
                Self.step("calendar", "total", waterfall.calendar, to: &json)
                Self.step("not_planned", "loss", waterfall.notPlanned, to: &json)
                Self.step("planned", "total", waterfall.planned, to: &json)
                Self.step("stopped", "loss", waterfall.stopped, to: &json)
                Self.step("running", "total", waterfall.running, to: &json)
                Self.step("slower", "loss", waterfall.slower, to: &json)
                Self.step("ideal", "total", waterfall.ideal, to: &json)
                Self.step("rejected", "loss", waterfall.rejected, to: &json)
                Self.step("good", "total", waterfall.good, to: &json)
            }
            json.field("reason", waterfall.ideal == nil ? UndefinedReason.noNominalRate.rawValue : nil)
            json.key("stopped_by_category")
            json.object { json in
                for category in LossCategory.allCases {
                    json.key(dynamic: category.rawValue)
                    json.seconds(stopped[category])
                }
            }
            json.field("oee", current.oee.value)
            json.flags(current.flags)
        }
    }

    private static func step(_ key: String, _ kind: String, _ length: Int64?, to json: inout JSONWriter) {
        json.object { json in
            json.field("key", key)
            json.field("kind", kind)
            json.field("seconds", seconds: length)
            json.field("hours", length.map { $0.seconds / 3_600 })
        }
    }
}
