import Foundation
import Shared

/// Values of objects as people read them: with the names of what they name, on the clocks of plants.
struct AdministrationValues {
    let localisation: Localisation
    let references: AdministrationReferences

    /// What an object is called by.
    func title(of object: AdministrationObject, _ kind: AdministrationKind) -> String {
        var parts: [String] = []
        for name in kind.titleFields {
            guard let field = kind.field(name) else { continue }
            let part = text(field) { object[$0] }
            if !parts.contains(part) { parts.append(part) }
        }
        return parts.joined(separator: kind == .rates ? " × " : " · ")
    }

    /// The same in short, to be named by others.
    func name(of kind: AdministrationKind, _ id: Int64) -> String {
        guard let object = references.object(kind, id), let first = kind.titleFields.first,
            let field = kind.field(kind == .plants ? "plant_name" : first)
        else { return "#\(id)" }
        return text(field) { object[$0] }
    }

    /// A field's value; a dash where there is none.
    func text(_ field: AdministrationField, _ members: (String) -> JSONValue) -> String {
        let value = members(field.name)
        switch field.control {
        case .text, .lines, .zone, .color, .email, .time: return value.text ?? Localisation.noValue
        case .list: return list(value.elements.compactMap(\.text))
        case .password: return Localisation.noValue
        case .number: return number(value, field.unit)
        case .percent: return value.double.map(localisation.percent) ?? Localisation.noValue
        case .choice: return value.text.map { localisation[field.choiceKey($0)] } ?? Localisation.noValue
        case .choices: return list(value.elements.compactMap(\.text).map { localisation[field.choiceKey($0)] })
        case .flag: return localisation.text(value == .bool(false) ? .no : .yes)
        case .reference(let kind): return value.whole.map { name(of: kind, $0) } ?? none(field)
        case .references(let kind):
            if value == .null { return none(field) }
            return list(value.elements.compactMap(\.whole).map { name(of: kind, $0) })
        case .days: return days(value.elements.compactMap(\.whole).map(Int.init))
        case .breaks: return breaks(value)
        case .moment: return moment(value.text, references.zone(of: members)) ?? Localisation.noValue
        case .span:
            guard let from = value.text.flatMap(PlantClock.instant),
                let to = members("end").text.flatMap(PlantClock.instant)
            else { return Localisation.noValue }
            return PlantClock(references.zone(of: members), localisation).period(from: from, to: to)
        case .corners:
            let corners = ["x1", "y1", "x2", "y2"].compactMap { value[$0].double }
            return corners.count == 4
                ? corners.map { localisation.plain($0) }.joined(separator: " · ") : Localisation.noValue
        }
    }

    /// An instant of the API on a zone's clock; nil for none.
    func moment(_ text: String?, _ zone: String?) -> String? {
        guard let date = text.flatMap(PlantClock.instant) else { return nil }
        let clock = PlantClock(zone, localisation)
        return "\(clock.day(date)) \(clock.time(date))"
    }

    private func none(_ field: AdministrationField) -> String { localisation[field.noneKey] }

    private func list(_ texts: [String]) -> String {
        texts.isEmpty ? Localisation.noValue : texts.joined(separator: ", ")
    }

    private func number(_ value: JSONValue, _ unit: AdministrationField.Unit?) -> String {
        guard let number = value.double else { return Localisation.noValue }
        let text = localisation.plain(number)
        return unit.map { "\(text) \(localisation["admin.unit.\($0.rawValue)"])" } ?? text
    }

    /// `Lun–Vie`, `Lun, Mié, Vie`.
    private func days(_ numbers: [Int]) -> String {
        var runs: [(first: Int, last: Int)] = []
        for day in numbers.sorted() {
            if let last = runs.last, last.last + 1 == day {
                runs[runs.count - 1].last = day
            } else {
                runs.append((day, day))
            }
        }
        func name(_ day: Int) -> String { String(localisation["admin.day.\(day)"].prefix(3)) }
        return list(
            runs.map { run in
                switch run.last - run.first {
                case 0: name(run.first)
                case 1: "\(name(run.first)), \(name(run.last))"
                default: "\(name(run.first))–\(name(run.last))"
                }
            })
    }

    private func breaks(_ value: JSONValue) -> String {
        list(
            value.elements.map { element in
                "\(element["name"].text ?? "") \(element["start_time"].text ?? "")–\(element["end_time"].text ?? "")"
            })
    }
}

extension Localisation {
    /// A text by its whole name; empty for one that is not there.
    subscript(_ key: String) -> String { tree.texts[key] ?? "" }

    /// A number with as many decimals as it has, up to six, and no groups: as it may be typed again.
    func plain(_ number: Double) -> String {
        guard number.isFinite else { return Self.noValue }
        let separator: Character = language == .spanish ? "," : "."
        let group: Character = language == .spanish ? "." : ","
        var text = decimal(number, digits: 6).replacing("−", with: "-")
        text.removeAll { $0 == group }
        while text.last == "0" { text.removeLast() }
        if text.last == separator { text.removeLast() }
        return text
    }
}
