import ManufacturingKPI
import Shared

/// What one line's figures are made of, as the API shows it: enough to compute them again by hand.
struct LineExplanationJSON {
    let question: LineQuestion
    let model: PlantModel
    let shift: ShiftID?
    /// Replaces the line's own threshold.
    let thresholdSeconds: Int?
    let indicators: LineIndicators
    let explanation: LineExplanation
    /// What a stop of each incident is counted as.
    let categories: [IncidentID: LossCategory]

    /// Writes which line it is, its period and its figures into the object that is open.
    static func write(_ question: LineQuestion, _ indicators: LineIndicators, to json: inout JSONWriter) {
        json.field("line_id", question.line.id.rawValue)
        json.field("line_code", question.line.code)
        json.field("plant_id", question.plant.id.rawValue)
        json.period((question.period, question.zone))
        json.field("is_dual", question.facts.isDual)
        write(figuresOf: indicators, to: &json)
    }

    /// Writes the members of the figures and of the weight they are compared by.
    static func write(figuresOf indicators: LineIndicators, to json: inout JSONWriter) {
        json.key("weight_efficiency")
        json.object { json in
            json.field("value", indicators.weightEfficiency.value)
            json.field("reason", indicators.weightEfficiency.reason?.rawValue)
            json.field("weight_kg", Double(indicators.sums.ratedGrams) / 1_000)
            json.field("nominal_weight_kg", indicators.sums.nominalGrams / 1_000)
        }
        json.key("figures")
        json.object { json in IndicatorsJSON.write(indicators, to: &json) }
    }

    /// Writes the members into the object that is open.
    func write(to json: inout JSONWriter) {
        let parts = question.facts.stops.parts(planned: question.time.planned)
        let reach = reach(of: parts)
        json.field("line_id", question.line.id.rawValue)
        json.field("line_code", question.line.code)
        json.field("plant_id", question.plant.id.rawValue)
        json.period((question.period, question.zone))
        writePlan(over: reach, to: &json)
        writeSettings(to: &json)
        json.key("stops")
        json.array { json in
            for part in parts { json.object { json in write(part, to: &json) } }
        }
        json.intervals("unobserved", question.facts.unobserved.intersection(question.time.hull))
        writeUnits(to: &json)
        Self.write(figuresOf: indicators, to: &json)
    }

    /// All the time that counts, with the whole life of every stop that has a part in it.
    private func reach(of parts: [StopPart]) -> Interval {
        let hull = question.time.hull
        return Interval(
            start: min(hull.start, parts.first?.interval.start ?? hull.start),
            end: max(hull.end, parts.map(\.interval.end).max() ?? hull.end)
        )
    }

    // MARK: Planned time

    private func writePlan(over reach: Interval, to json: inout JSONWriter) {
        let calendar = question.calendar
        let chosen = shift.map { Set(calendar.time(of: $0, in: question.period, now: question.now).instances) }
        json.field("reach", reach)
        json.field("calendar_time", question.time.period)
        json.field("commissioned_at", calendar.commissionedAt)
        json.field("decommissioned_at", calendar.decommissionedAt)
        json.field("continuous_schedule", calendar.isContinuous)
        json.field("takes_whole_instances", chosen == nil ? nil : question.period.wholeDates != nil)
        json.key("shift_instances")
        json.array { json in
            for instance in calendar.shiftInstances(overlapping: reach) {
                json.object { json in
                    write(instance, isChosen: chosen?.contains(instance), to: &json)
                }
            }
        }
        json.key("calendar_exceptions")
        json.array { json in
            for exception in exceptions(in: reach) {
                json.object { json in
                    json.field("calendar_exception_id", exception.id)
                    json.field("kind", exception.calendar.kind.rawValue)
                    json.field("name", exception.calendar.name)
                    json.field("line_id", exception.calendar.line?.rawValue)
                    json.bounds(exception.calendar.interval)
                }
            }
        }
        json.intervals("own_planned", calendar.plannedTime(in: reach, now: question.now))
        json.intervals("planned", question.time.planned)
        json.intervals("counted", question.time.counted)
    }

    private func write(_ instance: ShiftInstance, isChosen: Bool?, to json: inout JSONWriter) {
        json.field("shift_id", instance.shift.rawValue)
        json.field(
            "shift_name", model.shifts.first { $0.id == instance.shift }?.name(at: instance.interval.start))
        json.field("start_day", instance.startDay.description)
        json.bounds(instance.interval)
        json.field("selected", isChosen)
        json.key("breaks")
        json.array { json in
            for pause in instance.breaks {
                json.object { json in
                    json.field("name", pause.name)
                    json.bounds(pause.interval)
                }
            }
        }
    }

    private func exceptions(in reach: Interval) -> [Exception] {
        model.exceptions.filter { exception in
            exception.calendar.plant == question.plant.id && exception.calendar.interval.overlaps(reach)
                && exception.calendar.line.map { $0 == question.line.id } ?? true
        }.sorted { ($0.calendar.interval.start, $0.id) < ($1.calendar.interval.start, $1.id) }
    }

    // MARK: Settings and stops

    private func writeSettings(to json: inout JSONWriter) {
        json.field("is_dual", question.facts.isDual)
        json.field("auto_detect_downtime", question.line.autoDetectsDowntime)
        json.key("settings")
        json.array { json in
            for version in question.line.versions {
                json.object { json in
                    json.field("valid_from", version.validFrom)
                    json.field("rate_per_minute", version.ratePerMinute)
                    json.field("downtime_threshold_seconds", version.thresholdSeconds)
                    json.field("micro_stop_seconds", version.microStopSeconds)
                    json.field("target_oee", version.targetOEE)
                }
            }
        }
    }

    private func write(_ part: StopPart, to json: inout JSONWriter) {
        let version = part.calculatedFrom.map { question.line.version(at: $0) }
        json.field("event_id", part.id?.rawValue)
        json.bounds(part.interval)
        json.field("status", part.isOngoing ? "ongoing" : "closed")
        json.field("duration_seconds", seconds: part.interval.length)
        json.field("planned_seconds", seconds: part.plannedInPeriod)
        json.field("planned_life_seconds", seconds: part.plannedDuration)
        json.field("source", part.source.rawValue)
        json.field("kind", part.kind.rawValue)
        json.field("calculated_from", part.calculatedFrom)
        json.field("threshold_seconds", version.map { thresholdSeconds.map(Int64.init) ?? $0.thresholdSeconds })
        json.field("micro_stop_seconds", version?.microStopSeconds)
        json.field("incident_id", part.cause?.incident?.rawValue)
        json.field("reason", part.cause?.reason)
        json.field(
            "loss_category",
            (part.cause?.incident.flatMap { categories[$0] } ?? .ofUnexplained).rawValue)
    }

    // MARK: Units

    private func writeUnits(to json: inout JSONWriter) {
        json.key("counts")
        json.array { json in
            for count in explanation.counts {
                json.object { json in
                    json.field("area_id", count.area.rawValue)
                    json.field("area_name", model.area(count.area)?.name)
                    json.field("area_type", count.areaType.rawValue)
                    json.field("product_id", count.product.rawValue)
                    json.field("in_plan", count.inPlan)
                    json.field("total", count.total)
                }
            }
        }
        json.key("products")
        json.array { json in
            for product in explanation.products {
                json.object { json in write(product, to: &json) }
            }
        }
    }

    private func write(_ product: LineExplanation.Product, to json: inout JSONWriter) {
        json.field("product_id", product.product.rawValue)
        json.field("product_code", model.product(product.product)?.code)
        json.key("weights")
        json.array { json in
            for weighing in product.weighings {
                json.object { json in
                    json.bounds(weighing.interval)
                    json.field("weight_kg", Double(weighing.grams) / 1_000)
                    json.field("output", weighing.output)
                    json.field("in_shift", weighing.inShift)
                }
            }
        }
        json.key("rates")
        json.array { json in
            for rating in product.ratings {
                json.object { json in
                    json.bounds(rating.interval)
                    json.field("product_rate_per_minute", rating.productRate)
                    json.field("line_rate_per_minute", rating.lineRate)
                    json.field("produced", rating.produced)
                    json.field("ideal_seconds", rating.idealSeconds)
                }
            }
        }
    }
}

extension JSONWriter {
    /// The members `start` and `end`.
    fileprivate mutating func bounds(_ interval: Interval) {
        field("start", interval.start)
        field("end", interval.end)
    }

    fileprivate mutating func field(_ name: StaticString, _ interval: Interval) {
        key(name)
        object { json in json.bounds(interval) }
    }

    fileprivate mutating func intervals(_ name: StaticString, _ set: IntervalSet) {
        key(name)
        array { json in
            for interval in set.intervals { json.object { json in json.bounds(interval) } }
        }
    }
}
