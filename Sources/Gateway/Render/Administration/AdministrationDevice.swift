import Foundation
import Shared

/// The fields of a device's form, as templates see them.
struct AdministrationDeviceFields {
    struct Option {
        let value: String
        let name: String
        let isChosen: Bool
    }

    let name: String
    let lines: [Option]
    let looks: [Option]
    let languages: [Option]
    let alarmMinutes: String
    let holdsStopped: Bool
    let expiresOn: String

    /// - Parameter form: what stands in it; nil: that of a new device.
    init(_ form: AdministrationForm?, lines known: [AdministrationObject], _ frame: AdministrationFrame) {
        func chosen(_ field: String, _ standard: String) -> String { form?.first(field) ?? standard }
        name = chosen("name", "")
        // Those that are chosen come first, in the order that the device shows them.
        let ticked = form?.all("line_ids") ?? []
        let chosenLines = ticked.compactMap { text in known.first { "\($0.id)" == text } }
        let otherLines = known.filter { $0.isActive && !ticked.contains("\($0.id)") }
        lines = (chosenLines + otherLines).map { line in
            Option(
                value: "\(line.id)",
                name: [line["line_code"].text, line["line_name"].text].compactMap { $0 }.joined(separator: " · "),
                isChosen: ticked.contains("\(line.id)"))
        }
        looks = frame.page.themes.map {
            Option(value: $0.value, name: $0.name, isChosen: $0.value == chosen("look", Theme.system.rawValue))
        }
        languages = frame.page.languages.map {
            Option(value: $0.value, name: $0.name, isChosen: $0.value == chosen("language", frame.page.lang))
        }
        holdsStopped = chosen("holds_stopped", "") == "true"
        alarmMinutes = chosen("alarm_minutes", "")
        expiresOn = chosen("expires_on", "")
    }

    /// What is wrong with a form, a line each.
    static func texts(
        of faults: [ParameterFault], _ texts: FaultTexts, _ localisation: Localisation
    ) -> [String] {
        faults.map { fault in
            let field = fault.parameter.prefix { $0 != "[" }
            var fault = fault
            // A device's end is typed as a day.
            if fault.code == .invalidTime { fault.limit = "YYYY-MM-DD" }
            return
                "\(localisation["admin.devices.field.\(field)"]): \(texts.message(of: fault, in: localisation.language))"
        }
    }
}

/// The form of one device, as its template sees it.
struct AdministrationDeviceModel {
    /// What the page is made of.
    struct Shown {
        let device: JSONValue
        var form: AdministrationForm
        var tag: String?
        var faults: [ParameterFault] = []
        /// Somebody else has changed it meanwhile: `device` is what is stored now.
        var isLost = false
        /// Entries of the audit log, newest first.
        var history: [JSONValue] = []
        var notices: [AdministrationNotice] = []
    }

    let page: PageFrame
    let t: TextTree
    let bar: PersonBarModel
    let groups: [AdministrationFrame.Group]
    let kindTitle: String
    let listPath: String
    let path: String
    let title: String
    let kind: String
    let tag: String?
    let isAndon: Bool
    let notices: [AdministrationNotice]
    let faults: [String]
    let isRefused: Bool
    let isLost: Bool
    let differences: [AdministrationObjectModel.Difference]
    let fields: AdministrationDeviceFields
    /// The lines that it does not show, in words.
    let leftOut: String?
    let events: [AdministrationObjectModel.Event]
    let hasEvents: Bool

    init(
        _ shown: Shown, lines known: [AdministrationObject], zone: String, _ texts: FaultTexts,
        _ frame: AdministrationFrame
    ) {
        let localisation = frame.localisation
        let device = shown.device
        page = frame.page
        t = frame.t
        bar = frame.bar
        groups = frame.groups
        kindTitle = localisation[AdministrationPlace.devices.titleKey]
        listPath = "\(frame.page.base)\(AdministrationPlace.devices.path)"
        path = "\(frame.page.base)\(AdministrationPlace.devices.path)/\(device["device_id"].whole ?? 0)"
        title = device["name"].text ?? ""
        let kind = device["kind"].text.flatMap(DeviceKind.init(rawValue:))
        self.kind = kind.map { localisation.text($0.textKey) } ?? ""
        isAndon = kind == .andon
        tag = shown.tag
        notices = shown.notices
        faults = AdministrationDeviceFields.texts(of: shown.faults, texts, localisation)
        isRefused = !shown.faults.isEmpty
        isLost = shown.isLost
        let mine = AdministrationDeviceFields(shown.form, lines: known, frame)
        fields = mine
        differences =
            shown.isLost
            ? Self.differences(
                mine,
                AdministrationDeviceFields(AdministrationForm(device: device, zone: zone), lines: known, frame),
                localisation) : []
        let plants = Set(device["plant_ids"].elements.compactMap(\.whole))
        let moved = device["line_ids"].elements.compactMap(\.whole).compactMap { id -> String? in
            guard let line = known.first(where: { $0.id == id }) else { return "#\(id)" }
            guard let plant = line["plant_id"].whole, !plants.contains(plant) else { return nil }
            return line["line_code"].text
        }
        leftOut =
            moved.isEmpty ? nil : localisation.text(.deviceLeftOut, ["lines": moved.joined(separator: ", ")])
        events = AdministrationObjectModel.events(shown.history, zone: zone, localisation)
        hasEvents = !events.isEmpty
    }

    /// Where what was typed is another thing than what is there now.
    private static func differences(
        _ mine: AdministrationDeviceFields, _ theirs: AdministrationDeviceFields, _ localisation: Localisation
    ) -> [AdministrationObjectModel.Difference] {
        typealias Words = (AdministrationDeviceFields) -> String
        func chosen(_ options: [AdministrationDeviceFields.Option]) -> String {
            options.filter(\.isChosen).map(\.name).joined(separator: ", ")
        }
        let fields: [(name: String, words: Words)] = [
            ("name", { $0.name }), ("line_ids", { chosen($0.lines) }), ("look", { chosen($0.looks) }),
            ("language", { chosen($0.languages) }), ("alarm_after_seconds", { $0.alarmMinutes }),
            ("holds_stopped", { localisation.text($0.holdsStopped ? .yes : .no) }), ("expires_at", { $0.expiresOn }),
        ]
        return fields.compactMap { field in
            let (left, right) = (field.words(mine), field.words(theirs))
            guard left != right else { return nil }
            return .init(label: localisation["admin.devices.field.\(field.name)"], mine: left, theirs: right)
        }
    }
}

extension AdministrationForm {
    /// A device as it is typed.
    init(device: JSONValue, zone: String) {
        self.init(QueryItems(""))
        values["name"] = [device["name"].text ?? ""]
        values["line_ids"] = device["line_ids"].elements.compactMap(\.whole).map { "\($0)" }
        values["look"] = [device["look"].text ?? ""]
        values["language"] = [device["language"].text ?? ""]
        values["alarm_minutes"] = device["alarm_after_seconds"].whole.map { ["\($0 / 60)"] }
        values["holds_stopped"] = device["holds_stopped"] == .bool(true) ? ["true"] : []
        values["expires_on"] = Self.lastDay(of: device, zone: zone).map { [$0] }
    }

    /// The last day that a device serves, on the clock of a zone; nil: it serves until it is revoked.
    static func lastDay(of device: JSONValue, zone: String) -> String? {
        guard let end = device["expires_at"].text.flatMap({ try? Instant(iso8601: $0) }) else { return nil }
        return TimeZoneRules.named(zone).date(of: end + -1).description
    }
}
