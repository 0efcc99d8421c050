import Shared

/// What stands in a form: as it was typed, or an object as it is typed.
struct AdministrationForm: Sendable {
    /// Of each name what was given, in its order. A box that is not ticked gives nothing.
    var values: [String: [String]] = [:]

    func first(_ name: String) -> String { values[name]?.first ?? "" }
    func all(_ name: String) -> [String] { values[name] ?? [] }

    /// Of a new object.
    init(new kind: AdministrationKind) {
        for field in kind.fields {
            if let standard = field.standard { values[field.name] = [standard] }
        }
    }

    /// As a browser sent it.
    init(_ items: QueryItems) {
        for item in items.items { values[item.name, default: []].append(item.value) }
    }

    init(
        _ object: AdministrationObject, _ kind: AdministrationKind, _ references: AdministrationReferences,
        _ localisation: Localisation
    ) {
        let zone = TimeZoneRules.named(references.zone { object[$0] })
        for field in kind.fields {
            let value = object[field.name]
            switch field.control {
            case .text, .lines, .zone, .color, .email, .time, .choice:
                values[field.name] = value.text.map { [$0] }
            case .password: break
            case .list: values[field.name] = [value.elements.compactMap(\.text).joined(separator: "\n")]
            case .number: values[field.name] = value.double.map { [localisation.plain($0)] }
            case .percent: values[field.name] = value.double.map { [localisation.plain($0 * 100)] }
            case .choices: values[field.name] = value.elements.compactMap(\.text)
            case .flag: values[field.name] = value == .bool(false) ? [] : ["true"]
            case .reference: values[field.name] = value.whole.map { ["\($0)"] }
            case .references, .days: values[field.name] = value.elements.compactMap(\.whole).map { "\($0)" }
            case .breaks:
                values["break_name"] = value.elements.map { $0["name"].text ?? "" }
                values["break_start"] = value.elements.map { $0["start_time"].text ?? "" }
                values["break_end"] = value.elements.map { $0["end_time"].text ?? "" }
            case .moment:
                values[field.name] = Self.local(value, zone).map { ["\($0.date)T\($0.time)"] }
            case .span:
                guard let start = Self.local(value, zone), let end = Self.local(object["end"], zone) else { break }
                // Whole days have no times, and end with the last one meant.
                let isWhole = start.time == "00:00" && end.time == "00:00"
                values["start_date"] = ["\(start.date)"]
                values["start_time"] = isWhole ? [] : [start.time]
                values["end_date"] = ["\(isWhole ? end.date + -1 : end.date)"]
                values["end_time"] = isWhole ? [] : [end.time]
            case .corners:
                for corner in ["x1", "y1", "x2", "y2"] {
                    values["\(field.name)_\(corner)"] = value[corner].double.map { [localisation.plain($0)] }
                }
            }
        }
    }

    private static func local(_ value: JSONValue, _ zone: TimeZoneRules) -> (date: LocalDate, time: String)? {
        guard let instant = value.text.flatMap({ try? Instant(iso8601: $0) }) else { return nil }
        let local = zone.local(of: instant)
        return (local.date, LocalTime(minuteOfDay: local.minuteOfDay)?.description ?? "")
    }

    // MARK: As the API takes it

    /// The body of POST or PUT. What cannot be read goes as it was typed, so that the API says what is wrong with it.
    ///
    /// - Parameter replaced: values that stand for those of the form.
    func body(
        of kind: AdministrationKind, _ references: AdministrationReferences, isNew: Bool,
        replaced: [JSONMember] = [], validFrom: String? = nil
    ) -> JSONValue {
        let zone = TimeZoneRules.named(
            references.zone { name in Int64(first(name)).map { .integer($0) } ?? .null })
        var members: [JSONMember] = []
        for field in kind.fields {
            if let other = replaced.first(where: { $0.key == field.name }) {
                if other.value != .null { members.append(other) }
                continue
            }
            func add(_ value: JSONValue, as name: String? = nil) {
                if value != .null { members.append(JSONMember(key: name ?? field.name, value: value)) }
            }
            switch field.control {
            case .text, .email: add(given(field.name))
            case .lines, .zone, .color, .time, .choice: add(given(field.name))
            case .password: add(given(field.name))
            case .list:
                let texts = first(field.name).split(whereSeparator: \.isNewline).map { $0.trimmed }
                let filled = texts.filter { !$0.isEmpty }
                if !filled.isEmpty { add(.array(filled.map { .string($0) })) }
            case .number: add(Self.number(first(field.name)))
            case .percent: add(Self.number(first(field.name), percent: true))
            case .choices: add(.array(all(field.name).map { .string($0) }))
            case .flag: add(.bool(all(field.name).contains("true")))
            case .reference: add(Self.number(first(field.name)))
            case .references:
                if !all(field.name).isEmpty { add(.array(all(field.name).map { Self.number($0) })) }
            case .days: add(.array(all(field.name).map { Self.number($0) }))
            case .breaks: add(.array(breaks))
            case .moment:
                if !first(field.name).isEmpty { add(Self.instant(first(field.name), zone)) }
            case .span:
                add(start(zone), as: "start")
                add(end(zone), as: "end")
            case .corners:
                let corners = ["x1", "y1", "x2", "y2"].map { corner in
                    JSONMember(key: corner, value: Self.number(first("\(field.name)_\(corner)")))
                }.filter { $0.value != .null }
                if !corners.isEmpty { add(.object(corners)) }
            }
        }
        if let validFrom { members.append(JSONMember(key: "valid_from", value: .string(validFrom))) }
        return .object(members)
    }

    private func given(_ name: String) -> JSONValue {
        let text = first(name)
        return text.isEmpty ? .null : .string(text.replacing("\r\n", with: "\n"))
    }

    /// A number with the decimal comma or point; null where nothing stands.
    private static func number(_ text: String, percent: Bool = false) -> JSONValue {
        let typed = text.trimmed
        guard !typed.isEmpty else { return .null }
        // With both, the point is what groups digits in Spanish and the comma in English: the last one is the decimal.
        var plain = typed
        if let comma = typed.lastIndex(of: ","), let point = typed.lastIndex(of: ".") {
            plain = typed.replacing(comma > point ? "." : ",", with: "")
        }
        plain = plain.replacing(",", with: ".")
        if !percent, let whole = Int64(plain) { return .integer(whole) }
        guard let number = Double(plain), number.isFinite else { return .string(typed) }
        return .number(percent ? number / 100 : number)
    }

    private var breaks: [JSONValue] {
        let names = all("break_name")
        let starts = all("break_start")
        let ends = all("break_end")
        return names.indices.compactMap { index -> JSONValue? in
            let start = starts.indices.contains(index) ? starts[index] : ""
            let end = ends.indices.contains(index) ? ends[index] : ""
            guard !(names[index] + start + end).isEmpty else { return nil }
            let members = [("name", names[index]), ("start_time", start), ("end_time", end)]
            return .object(
                members.filter { !$0.1.isEmpty }.map { JSONMember(key: $0.0, value: .string($0.1)) })
        }
    }

    private static func instant(_ text: String, _ zone: TimeZoneRules) -> JSONValue {
        guard let local = try? LocalDateTime(parsing: text) else { return .string(text) }
        var json = JSONWriter()
        json.value(zone.instant(of: local))
        return .string(String(decoding: json.bytes, as: UTF8.self).filter { $0 != "\"" })
    }

    private func start(_ zone: TimeZoneRules) -> JSONValue {
        guard !first("start_date").isEmpty else { return .null }
        let time = first("start_time")
        return Self.instant("\(first("start_date"))T\(time.isEmpty ? "00:00" : time)", zone)
    }

    /// Without a date, that of the start; without a time, the end of the day.
    private func end(_ zone: TimeZoneRules) -> JSONValue {
        let date = first("end_date").isEmpty ? first("start_date") : first("end_date")
        guard !date.isEmpty else { return .null }
        let time = first("end_time")
        if !time.isEmpty { return Self.instant("\(date)T\(time)", zone) }
        guard let last = try? LocalDate(parsing: date) else { return .string(date) }
        return Self.instant("\(last + 1)T00:00", zone)
    }
}

extension TimeZoneRules {
    /// A zone by its name; UTC for one that is not known here.
    static func named(_ name: String) -> TimeZoneRules {
        (try? TimeZoneDatabase().rules(named: name)) ?? .utc
    }
}

extension StringProtocol {
    /// Without the blanks around it.
    fileprivate var trimmed: String {
        let start = firstIndex { !$0.isWhitespace } ?? endIndex
        let end = lastIndex { !$0.isWhitespace }.map { index(after: $0) } ?? start
        return String(self[start..<end])
    }
}
