import Foundation
import Shared

/// A stop of an older system: a row of its table.
struct StopRow {
    /// What columns may be, by the names that are used here and those of the older table.
    enum Field: String, CaseIterable {
        case line
        case start
        case end
        case incident
        case reason
        case isManual = "is_manual"

        init?(heading: String) {
            switch heading {
            case "line_name", "line_code": self = .line
            case "start_time": self = .start
            case "end_time": self = .end
            case "incident_code", "reason_code": self = .incident
            default:
                guard let field = Field(rawValue: heading) else { return nil }
                self = field
            }
        }
    }

    let line: LineDirectory.Line
    let start: Instant
    let end: Instant
    let incident: Int64?
    let reason: String?
    /// Whether a person typed its times; the product finds the others itself.
    let isManual: Bool
    let hasRepeatedTime: Bool

    /// The day it starts on.
    var day: LineDate { LineDate(line: line.id, date: line.zone.date(of: start)) }

    var hasCause: Bool { incident != nil || reason != nil }
}

/// Reads rows of stops.
struct StopRows {
    /// The code of the line of all rows; nil: each names its own, by name or code.
    let line: String?
    let zone: TimeZoneRules?
    /// What the file calls an incident, and its code.
    let incidents: [String: String]
    let directory: LineDirectory
    /// The numbers of incidents by their codes.
    let incidentIDs: [String: Int64]
    let columns: [StopRow.Field?]

    /// What columns are; throws all that is wrong with them at once.
    static func columns(
        _ header: ArraySlice<UInt8>, renamed: [String: StopRow.Field?], hasLine: Bool
    ) throws(OpsFailure) -> [StopRow.Field?] {
        var (fields, faults) = CSVHeader.fields(header, renamed: renamed) { StopRow.Field(heading: $0) }
        let needed: [StopRow.Field] = hasLine ? [.start, .end] : [.line, .start, .end]
        for field in needed where !fields.contains(field) { faults.append("there is no column \(field.rawValue)") }
        guard faults.isEmpty else { throw OpsFailure(faults.joined(separator: "; ")) }
        return fields
    }

    func row(_ bytes: ArraySlice<UInt8>) throws(RowRejection) -> StopRow {
        guard let values = CSVLine.values(of: bytes), values.count == columns.count else {
            throw RowRejection(
                code: "invalid_row", field: "stop", message: "The line has not the values of its header.")
        }
        var texts: [StopRow.Field: String] = [:]
        for (field, value) in zip(columns, values) {
            guard let field, !value.isEmpty else { continue }
            texts[field] = try Self.text(value, of: field)
        }
        let start = try instant(texts[.start], .start)
        let end = try instant(texts[.end], .end)
        return StopRow(
            line: try line(texts[.line]), start: start.instant, end: end.instant,
            incident: try incident(texts[.incident]), reason: texts[.reason], isManual: try isManual(texts[.isManual]),
            hasRepeatedTime: start.isRepeated || end.isRepeated)
    }

    /// A value as text; what is none would be sent as another one.
    private static func text(
        _ value: some Sequence<UInt8>, of field: StopRow.Field
    ) throws(RowRejection) -> String {
        guard let text = String(validating: Array(value), as: UTF8.self) else {
            throw RowRejection(code: "invalid_row", field: field.rawValue, message: "It is no UTF-8.")
        }
        guard !text.utf8.contains(0) else {
            throw RowRejection(code: "invalid_row", field: field.rawValue, message: "It has a NUL.")
        }
        return text
    }

    private func line(_ text: String?) throws(RowRejection) -> LineDirectory.Line {
        let own = line ?? text
        if let own, let found = directory.line(code: own) { return found }
        let named = directory.lines.filter { $0.name == own }
        guard let found = named.first, named.count == 1 else {
            throw RowRejection(
                code: "unknown_line", field: "line",
                message: named.isEmpty ? "There is no such line." : "Several lines have that name; give the code.")
        }
        return found
    }

    private func instant(
        _ text: String?, _ field: StopRow.Field
    ) throws(RowRejection) -> (instant: Instant, isRepeated: Bool) {
        guard let text else {
            throw RowRejection(
                code: "required", field: field.rawValue,
                message: field == .end
                    ? "The stop has no end; one that goes on is found by the product." : "The stop has no start.")
        }
        guard let zone else {
            guard let instant = try? Instant(iso8601: text) else { throw Self.noTime(field) }
            return (instant, false)
        }
        switch NaiveTime(Array(text.utf8)[...], in: zone) {
        case .instant(let instant, let isRepeated): return (instant, isRepeated)
        case .neverShown: throw .neverShown(text, zone, field: field.rawValue)
        case .other: throw Self.noTime(field)
        }
    }

    private static func noTime(_ field: StopRow.Field) -> RowRejection {
        RowRejection(code: "invalid_time", field: field.rawValue, message: "It is no time, or has no offset.")
    }

    private func incident(_ text: String?) throws(RowRejection) -> Int64? {
        guard let text else { return nil }
        guard let id = incidentIDs[incidents[text] ?? text] else {
            throw RowRejection(
                code: "unknown_id", field: "incident",
                message: "There is no incident of that code (--incident names one).")
        }
        return id
    }

    private func isManual(_ text: String?) throws(RowRejection) -> Bool {
        switch text?.lowercased() {
        case nil, "true", "t", "1": return true
        case "false", "f", "0": return false
        default:
            throw RowRejection(
                code: "invalid_row", field: StopRow.Field.isManual.rawValue, message: "It is neither true nor false.")
        }
    }
}
