import Shared

/// A field of a form, as templates see it.
struct AdministrationFieldModel {
    struct Option {
        let value: String
        let name: String
        let isChosen: Bool
    }

    struct Input {
        let name: String
        let id: String
        let label: String
        let type: String
        let mode: String?
        let autocomplete: String
        let value: String
        let list: String?
    }

    struct Break {
        let number: Int
        let name: String
        let start: String
        let end: String
    }

    let name: String
    /// The same for what has a name of its own inside it.
    let key: String
    let label: String
    let hint: String?
    let fault: String?
    let describedBy: String
    let isRequired: Bool
    let unit: String?
    let isDated: Bool
    let input: Input?
    let isColor: Bool
    let area: String?
    let isArea: Bool
    let isSelect: Bool
    let isChecks: Bool
    let isFlag: Bool
    let isChosen: Bool
    let options: [Option]
    /// What nothing ticked stands for.
    let noneTicked: String?
    let parts: [Input]
    let hasParts: Bool
    let breaks: [Break]
    let hasBreaks: Bool

    init(
        _ field: AdministrationField, _ form: AdministrationForm, fault: String?, isNew: Bool, isDated: Bool,
        _ references: AdministrationReferences, _ values: AdministrationValues
    ) {
        let localisation = values.localisation
        name = field.name
        key = field.name
        label = localisation[field.labelKey]
        hint = field.hasHint ? localisation[field.hintKey] : nil
        self.fault = fault
        describedBy = "fault-\(field.name)" + (field.hasHint ? " hint-\(field.name)" : "")
        isRequired = field.isRequired || (field.control == .password && isNew)
        unit = field.unit.map { localisation["admin.unit.\($0.rawValue)"] }
        self.isDated = isDated
        // What was typed as a password is not sent back.
        let value = field.control == .password ? "" : form.first(field.name)
        func input(_ type: String, mode: String? = nil, list: String? = nil, autocomplete: String = "off") -> Input {
            Input(
                name: field.name, id: "field-\(field.name)", label: localisation[field.labelKey], type: type,
                mode: mode,
                autocomplete: autocomplete, value: value, list: list)
        }
        func part(_ name: String, _ label: String, _ type: String, mode: String? = nil) -> Input {
            Input(
                name: name, id: "field-\(name)", label: localisation["admin.part.\(label)"], type: type, mode: mode,
                autocomplete: "off", value: form.first(name), list: nil)
        }
        func choice(_ value: String, _ name: String) -> Option {
            Option(value: value, name: name, isChosen: form.all(field.name).contains(value))
        }
        func choices(of kind: AdministrationKind) -> [Option] {
            let offered = (references.objects[kind] ?? []).filter { object in
                object.isActive || form.all(field.name).contains("\(object.id)")
            }
            return offered.map { choice("\($0.id)", values.title(of: $0, kind)) }
                .sorted { $0.name.lowercased() < $1.name.lowercased() }
        }
        var single: Input?
        var lines: String?
        var options: [Option] = []
        var parts: [Input] = []
        switch field.control {
        case .text: single = input("text")
        case .color: single = input("text")
        case .email: single = input("email")
        case .password: single = input("password", autocomplete: "new-password")
        case .number, .percent: single = input("text", mode: "decimal")
        case .time: single = input("time")
        case .moment: single = input("datetime-local")
        case .zone: single = input("text", list: "zones")
        case .lines, .list: lines = value
        case .choice(let words):
            options = words.map { choice($0, localisation[field.choiceKey($0)]) }
            if !field.isRequired { options.insert(choice("", localisation[field.noneKey]), at: 0) }
        case .choices(let words): options = words.map { choice($0, localisation[field.choiceKey($0)]) }
        case .flag: break
        case .reference(let kind):
            options = choices(of: kind)
            let none = field.isRequired ? localisation["admin.choose"] : localisation[field.noneKey]
            // With one plant there is nothing to choose.
            if !field.isRequired || options.count != 1 { options.insert(choice("", none), at: 0) }
        case .references(let kind): options = choices(of: kind)
        case .days: options = (1...7).map { choice("\($0)", localisation["admin.day.\($0)"]) }
        case .span:
            parts = [
                part("start_date", "start_date", "date"), part("start_time", "start_time", "time"),
                part("end_date", "end_date", "date"), part("end_time", "end_time", "time"),
            ]
        case .corners:
            parts = ["x1", "y1", "x2", "y2"].map { part("\(field.name)_\($0)", $0, "text", mode: "decimal") }
        case .breaks: break
        }
        self.input = single
        isColor = field.control == .color
        area = lines
        isArea = lines != nil
        self.options = options
        self.parts = parts
        hasParts = !parts.isEmpty
        isFlag = field.control == .flag
        isChosen = form.all(field.name).contains("true")
        switch field.control {
        case .choice, .reference: (isSelect, isChecks) = (true, false)
        case .choices, .references, .days: (isSelect, isChecks) = (false, true)
        default: (isSelect, isChecks) = (false, false)
        }
        if case .references = field.control, !field.isRequired {
            noneTicked = localisation[field.noneKey]
        } else {
            noneTicked = nil
        }
        hasBreaks = field.control == .breaks
        breaks = hasBreaks ? Self.breaks(form) : []
    }

    /// Those there are, and some more to be filled in.
    private static func breaks(_ form: AdministrationForm) -> [Break] {
        let names = form.all("break_name")
        let starts = form.all("break_start")
        let ends = form.all("break_end")
        func value(_ texts: [String], _ index: Int) -> String { texts.indices.contains(index) ? texts[index] : "" }
        let filled = names.indices.filter { !(names[$0] + value(starts, $0) + value(ends, $0)).isEmpty }
        return (0..<min(24, filled.count + 2)).map { number in
            guard number < filled.count else { return Break(number: number + 1, name: "", start: "", end: "") }
            let index = filled[number]
            return Break(
                number: number + 1, name: names[index], start: value(starts, index), end: value(ends, index))
        }
    }
}
