import Shared

/// The audit log, as its template sees it.
struct AdministrationAuditModel {
    /// What the address asks for.
    struct Asked {
        var text = ""
        var action = ""
        var from = ""
        var to = ""
        var cursor: String?
    }

    struct Row {
        let time: String
        let instant: String
        let who: String
        let what: String
        let action: String
        let object: String?
        let path: String?
        let address: String?
        let detail: String?
    }

    struct Option {
        let value: String
        let name: String
        let isChosen: Bool
    }

    /// What an action's name begins with, by what it is about.
    private static let subjects = [
        "session", "user", "second_factor", "pin", "key", "device", "station", "layout", "setting", "stop", "stops",
        "request",
    ]

    let page: PageFrame
    let t: TextTree
    let bar: PersonBarModel
    let groups: [AdministrationFrame.Group]
    let title: String
    let lead: String
    let asked: Asked
    let actions: [Option]
    let rows: [Row]
    let hasRows: Bool
    let older: String?
    let newest: String?
    let zone: String

    init(
        _ entries: [JSONValue], next: String?, _ asked: Asked, zone: String, _ frame: AdministrationFrame
    ) {
        let localisation = frame.localisation
        page = frame.page
        t = frame.t
        bar = frame.bar
        groups = frame.groups
        title = localisation[AdministrationPlace.audit.titleKey]
        lead = localisation[AdministrationPlace.audit.leadKey]
        self.asked = asked
        self.zone = localisation.text(.zone, ["zone": zone])
        let kinds = AdministrationKind.allCases.filter { $0.masterData != nil }
        actions =
            [Option(value: "", name: localisation["admin.audit.every"], isChosen: asked.action.isEmpty)]
            + Self.subjects.map { subject in
                Option(
                    value: "\(subject).", name: localisation["admin.audit.subject.\(subject)"],
                    isChosen: asked.action == "\(subject).")
            }
            + kinds.map { kind in
                Option(
                    value: "\(kind.auditName).", name: localisation[kind.titleKey],
                    isChosen: asked.action == "\(kind.auditName).")
            }
        let base = page.base
        rows = entries.map { entry in
            let action = entry["action"].text ?? ""
            let subject = action.split(separator: ".").first.map(String.init) ?? ""
            let kind = kinds.first { $0.auditName == subject } ?? (subject == "user" ? .users : nil)
            let object = entry["object"].text
            let number = object?.split(separator: ":").last.flatMap { Int64($0) }
            let instant = entry["recorded_at"].text ?? ""
            let clock = PlantClock(zone, localisation)
            let date = PlantClock.instant(instant)
            let actor = entry["actor"].text.flatMap { $0 == AuditRecord.anonymous ? nil : $0 }
            var json = JSONWriter()
            json.value(entry["detail"])
            let detail = String(decoding: json.bytes, as: UTF8.self)
            return Row(
                time: date.map { "\(clock.day($0)) \(clock.time($0))" } ?? instant,
                instant: instant,
                who: entry["actor_name"].text ?? actor ?? localisation.text(.someone),
                what: Self.words(action, subject, kind, localisation),
                action: action,
                object: object,
                path: subject == "layout"
                    ? number.flatMap(Role.init(layoutID:)).map { "\(base)/admin/layouts/\($0.rawValue)" }
                    : kind.flatMap { kind in number.map { "\(base)/admin/\(kind.rawValue)/\($0)" } },
                address: entry["address"].text,
                detail: detail == "{}" || detail == "null" ? nil : detail
            )
        }
        hasRows = !rows.isEmpty
        var items: [String] = []
        for (name, value) in [
            ("q", asked.text), ("action", asked.action), ("from", asked.from), ("to", asked.to),
        ] where !value.isEmpty {
            items.append("\(name)=\(AuditPage.escaped(value))")
        }
        older = next.map { cursor in
            let all = items + ["cursor=\(AuditPage.escaped(cursor))"]
            return "\(base)/admin/audit?\(all.joined(separator: "&"))"
        }
        newest =
            asked.cursor == nil
            ? nil : "\(base)/admin/audit" + (items.isEmpty ? "" : "?\(items.joined(separator: "&"))")
    }

    /// What happened, to what.
    private static func words(
        _ action: String, _ subject: String, _ kind: AdministrationKind?, _ localisation: Localisation
    ) -> String {
        let about = kind.map { localisation[$0.oneKey] } ?? localisation["admin.audit.subject.\(subject)"]
        guard !about.isEmpty else { return action }
        let done = AdministrationText(action: action)
        return done == .actionOther ? about : "\(about): \(localisation.text(done).lowercased())"
    }

    /// What happened to a thing whose history is told.
    static func words(_ action: String, _ localisation: Localisation) -> String {
        let done = AdministrationText(action: action)
        let subject = action.split(separator: ".").first.map(String.init) ?? ""
        guard done == .actionOther, subjects.contains(subject) else { return localisation.text(done) }
        return localisation["admin.audit.subject.\(subject)"]
    }

    /// Every text that the log names.
    static var textKeys: [String] { ["admin.audit.every"] + subjects.map { "admin.audit.subject.\($0)" } }
}
