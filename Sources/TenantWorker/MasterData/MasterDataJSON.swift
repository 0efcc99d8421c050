import ManufacturingKPI
import Shared

/// Objects of master data as the API shows them.
///
/// What holds over time is shown as it holds at one instant, with all `versions` beside it.
struct MasterDataJSON {
    let now: Instant

    func write(_ plant: Plant, to json: inout JSONWriter) {
        json.object { json in
            json.field("plant_id", plant.id.rawValue)
            json.field("plant_code", plant.code)
            json.field("plant_name", plant.name)
            json.field("timezone", plant.zone.name)
            json.field("locale", plant.language?.rawValue)
            json.field("is_active", plant.isActive)
        }
    }

    func write(_ line: ProductionLine, to json: inout JSONWriter) {
        let current = line.version(at: now)
        json.object { json in
            json.field("line_id", line.id.rawValue)
            json.field("plant_id", line.plant.rawValue)
            json.field("line_code", line.code)
            json.field("line_name", line.name)
            json.field("valid_from", current.validFrom)
            write(current, to: &json)
            json.field("auto_detect_downtime", line.autoDetectsDowntime)
            json.field("commissioned_at", line.commissionedAt)
            json.field("decommissioned_at", line.decommissionedAt)
            json.field("heartbeat_timeout_seconds", line.heartbeatTimeoutSeconds)
            json.field("is_active", line.isActive)
            versions(line.versions, to: &json) { version, json in
                json.field("valid_from", version.validFrom)
                write(version, to: &json)
            }
        }
    }

    private func write(_ version: ProductionLine.Version, to json: inout JSONWriter) {
        json.field("rate_per_minute", version.ratePerMinute)
        json.field("downtime_threshold_seconds", version.thresholdSeconds)
        json.field("micro_stop_seconds", version.microStopSeconds)
        json.field("target_oee", version.targetOEE)
    }

    func write(_ area: Area, to json: inout JSONWriter) {
        json.object { json in
            json.field("area_id", area.id.rawValue)
            json.field("line_id", area.line.rawValue)
            json.field("area_name", area.name)
            json.field("area_type", area.type.rawValue)
            json.field("area_order", area.order)
            json.field("is_active", area.isActive)
            json.key("coordinates")
            guard let corners = area.coordinates else { return json.null() }
            json.object { json in
                json.field("x1", corners.x1)
                json.field("y1", corners.y1)
                json.field("x2", corners.x2)
                json.field("y2", corners.y2)
            }
        }
    }

    func write(_ product: Product, to json: inout JSONWriter) {
        let current = product.versions[product.versions.index(validAt: now)]
        json.object { json in
            json.field("product_id", product.id.rawValue)
            json.field("product_code", product.code)
            json.field("product_name", product.name)
            json.field("valid_from", current.validFrom)
            json.field("weight_kg", current.weightGrams.map { Double($0) / 1_000 })
            json.field("color", product.color)
            json.field("units_per_batch", product.unitsPerBatch)
            json.field("is_active", product.isActive)
            versions(product.versions, to: &json) { version, json in
                json.field("valid_from", version.validFrom)
                json.field("weight_kg", version.weightGrams.map { Double($0) / 1_000 })
            }
        }
    }

    func write(_ rate: IdealRate, to json: inout JSONWriter) {
        let current = rate.versions[rate.versions.index(validAt: now)]
        json.object { json in
            json.field("ideal_rate_id", rate.id)
            json.field("line_id", rate.line.rawValue)
            json.field("product_id", rate.product.rawValue)
            json.field("valid_from", current.validFrom)
            json.field("rate_per_minute", current.ratePerMinute)
            json.field("is_active", current.isActive)
            versions(rate.versions, to: &json) { version, json in
                json.field("valid_from", version.validFrom)
                json.field("rate_per_minute", version.ratePerMinute)
                json.field("is_active", version.isActive)
            }
        }
    }

    func write(_ shift: Shift, to json: inout JSONWriter) {
        let versions = shift.definition.versions
        let current = versions.index(validAt: now)
        json.object { json in
            json.field("shift_id", shift.id.rawValue)
            json.field("valid_from", versions[current].validFrom)
            write(versions[current], name: shift.names[current], to: &json)
            self.versions(Array(versions.indices), to: &json) { index, json in
                json.field("valid_from", versions[index].validFrom)
                write(versions[index], name: shift.names[index], to: &json)
            }
        }
    }

    private func write(_ version: ShiftVersion, name: String, to json: inout JSONWriter) {
        json.field("plant_id", version.plant?.rawValue)
        write(version.lines?.sorted(), "line_ids", to: &json)
        json.field("shift_name", name)
        json.key("days")
        json.array { json in
            for day in version.days.numbers { json.value(day) }
        }
        json.field("start_time", version.start.description)
        json.field("end_time", version.end.description)
        json.key("breaks")
        json.array { json in
            for shiftBreak in version.breaks {
                json.object { json in
                    json.field("name", shiftBreak.name)
                    json.field("start_time", shiftBreak.start.description)
                    json.field("end_time", shiftBreak.end.description)
                }
            }
        }
        json.field("is_active", version.isActive)
    }

    func write(_ exception: Exception, to json: inout JSONWriter) {
        json.object { json in
            json.field("calendar_exception_id", exception.id)
            json.field("plant_id", exception.calendar.plant.rawValue)
            json.field("line_id", exception.calendar.line?.rawValue)
            json.field("kind", exception.calendar.kind.rawValue)
            json.field("name", exception.calendar.name)
            json.field("start", exception.calendar.interval.start)
            json.field("end", exception.calendar.interval.end)
        }
    }

    func write(_ failure: Failure, to json: inout JSONWriter) {
        json.object { json in
            json.field("failure_id", failure.id.rawValue)
            json.field("failure_code", failure.code)
            json.field("failure_name", failure.name)
            json.field("loss_category", failure.category.rawValue)
            write(failure.lines, "line_ids", to: &json)
            json.field("description", failure.description)
            json.field("is_active", failure.isActive)
        }
    }

    func write(_ incident: Incident, to json: inout JSONWriter) {
        json.object { json in
            json.field("incident_id", incident.id.rawValue)
            json.field("failure_id", incident.failure.rawValue)
            json.field("incident_code", incident.code)
            json.field("incident_name", incident.name)
            json.field("description", incident.description)
            json.field("solution", incident.solution)
            json.field("is_active", incident.isActive)
        }
    }

    func write(_ group: LineGroup, to json: inout JSONWriter) {
        json.object { json in
            json.field("line_group_id", group.id.rawValue)
            json.field("group_name", group.name)
            write(group.lines, "line_ids", to: &json)
        }
    }

    func write(_ arrangement: RoleLayout, to json: inout JSONWriter) {
        json.object { json in
            json.field("layout_id", arrangement.role.layoutID)
            json.field("role", arrangement.role.rawValue)
            json.key("widgets")
            json.array { json in
                for place in arrangement.layout.places {
                    json.object { json in
                        json.field("widget_id", place.widget.rawValue)
                        json.field("tab", place.tab.rawValue)
                        json.field("width", place.width)
                    }
                }
            }
            json.key("filters")
            json.array { json in
                for filter in arrangement.layout.filters { json.value(filter.rawValue) }
            }
        }
    }

    func object(_ key: SettingKey, _ value: Int64) -> [UInt8] {
        var json = JSONWriter()
        write(key, value, to: &json)
        return json.bytes
    }

    func write(_ key: SettingKey, _ value: Int64, to json: inout JSONWriter) {
        json.object { json in
            json.field("key", key.rawValue)
            json.field("value", value)
        }
    }

    private func write(_ lines: [LineID]?, _ name: StaticString, to json: inout JSONWriter) {
        json.key(name)
        guard let lines else { return json.null() }
        json.array { json in
            for line in lines { json.value(line.rawValue) }
        }
    }

    private func versions<Version>(
        _ versions: [Version],
        to json: inout JSONWriter,
        _ body: (Version, inout JSONWriter) -> Void
    ) {
        json.key("versions")
        json.array { json in
            for version in versions {
                json.object { json in body(version, &json) }
            }
        }
    }
}
