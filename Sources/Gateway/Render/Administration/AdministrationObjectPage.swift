import Shared

/// What the page of one object is made of.
struct AdministrationObjectPage {
    let kind: AdministrationKind
    /// Nil for a new one.
    var object: AdministrationObject?
    var form: AdministrationForm
    var faults: [ParameterFault] = []
    var notices: [AdministrationNotice] = []
    /// The form's validator is another than the object's now: somebody else has changed it meanwhile.
    var isLost = false
    /// What the worker says of the change; nil where nothing is to be said.
    var preview: JSONValue?
    /// Of a change of the past too.
    var restating: JSONValue?
    /// Entries of the audit log, newest first; nil for whoever may not read it.
    var history: [JSONValue]?
    /// Shown now and never again.
    var secret: String?
}

/// `AdministrationObjectPage` as its template sees it.
struct AdministrationObjectModel {
    struct FieldGroup {
        /// Not `title`, which the page has too.
        let heading: String?
        let fields: [AdministrationFieldModel]
    }

    struct Problem {
        let id: String
        let label: String
        let message: String
    }

    struct Difference {
        let label: String
        let mine: String
        let theirs: String
    }

    struct Effective {
        /// The fields it is about; nil: all of them.
        let about: String?
        let isToday: Bool
        let isDate: Bool
        let isBefore: Bool
        let date: String
        let fault: String?
        let offersBefore: Bool
        let pastDays: String
    }

    struct Version {
        let since: String
        let isNow: Bool
        let isLater: Bool
        let cells: [Cell]
    }

    struct Cell {
        let label: String
        let text: String
    }

    struct Event {
        let time: String
        let instant: String
        let who: String
        let action: String
        let changes: [Difference]
        let hasChanges: Bool
    }

    let page: PageFrame
    let t: TextTree
    let bar: PersonBarModel
    let groups: [AdministrationFrame.Group]
    let kindTitle: String
    let listPath: String
    let path: String
    let title: String
    let isNew: Bool
    let isInactive: Bool
    let tag: String?
    let checks: Bool
    let fieldGroups: [FieldGroup]
    let notices: [AdministrationNotice]
    let problems: [Problem]
    let hasProblems: Bool
    let problemsTitle: String
    let differences: [Difference]
    let isLost: Bool
    let effective: Effective?
    let plan: AdministrationPlanModel?
    let plansTime: Bool
    let zone: String?
    let zones: [String]
    let hasZones: Bool
    let versions: [Version]
    let hasVersions: Bool
    let events: [Event]
    let hasEvents: Bool
    let canDelete: Bool
    let secret: String?

    init(
        _ shown: AdministrationObjectPage, _ values: AdministrationValues, _ faultTexts: FaultTexts, zones: [String],
        _ frame: AdministrationFrame
    ) {
        let localisation = frame.localisation
        let kind = shown.kind
        page = frame.page
        t = frame.t
        bar = frame.bar
        groups = frame.groups
        kindTitle = localisation[kind.titleKey]
        let list = "\(frame.page.base)/admin/\(kind.rawValue)"
        listPath = list
        path = shown.object.map { "\(list)/\($0.id)" } ?? "\(list)/new"
        title = shown.object.map { values.title(of: $0, kind) } ?? localisation[kind.addKey]
        isNew = shown.object == nil
        isInactive = !(shown.object?.isActive ?? true)
        tag = shown.object?.tag
        checks = kind.masterData != nil
        notices = shown.notices
        secret = shown.secret
        canDelete = shown.object != nil
        let messages = AdministrationFaults(shown.faults, kind, faultTexts, localisation)
        let isNew = isNew
        func model(_ field: AdministrationField) -> AdministrationFieldModel {
            AdministrationFieldModel(
                field, shown.form, fault: messages.text(of: field.name), isNew: isNew,
                isDated: field.isDated && kind.isDated && !isNew, values.references, values)
        }
        fieldGroups = AdministrationField.Group.allCases.compactMap { group in
            let fields = kind.fields.filter { $0.group == group }
            guard !fields.isEmpty else { return nil }
            return FieldGroup(
                heading: group == .general ? nil : localisation["admin.part.\(group.rawValue)"],
                fields: fields.map(model))
        }
        problems = messages.all.map { Problem(id: $0.id, label: $0.label, message: $0.message) }
        hasProblems = !problems.isEmpty
        problemsTitle = localisation.count(problems.count, one: .faultsOne, other: .faultsOther)
        isLost = shown.isLost
        differences = shown.isLost ? Self.differences(shown, values) : []
        effective = Self.effective(shown, messages, values)
        plansTime = kind.plansTime
        plan = kind.plansTime ? shown.preview.map { AdministrationPlanModel($0, localisation) } : nil
        let hasMoments = kind.fields.contains { $0.control == .moment || $0.control == .span }
        let zoneName = values.references.zone { name in
            shown.object?[name] ?? Int64(shown.form.first(name)).map { .integer($0) } ?? .null
        }
        zone = hasMoments && shown.object != nil ? localisation.text(.zone, ["zone": zoneName]) : nil
        self.zones = kind.fields.contains { $0.control == .zone } ? zones : []
        hasZones = !self.zones.isEmpty
        versions = shown.object.map { Self.versions(of: $0, kind, values) } ?? []
        hasVersions = versions.count > 1
        events = (shown.history ?? []).indices.map { Self.event(shown.history ?? [], $0, kind, values) }
        hasEvents = !events.isEmpty
    }

    /// Where what was typed is another thing than what is there now.
    private static func differences(
        _ shown: AdministrationObjectPage, _ values: AdministrationValues
    ) -> [Difference] {
        guard let object = shown.object else { return [] }
        let mine = shown.form.body(of: shown.kind, values.references, isNew: false)
        return shown.kind.fields.compactMap { field in
            let typed = values.text(field) { mine[$0] }
            let present = values.text(field) { object[$0] }
            guard typed != present, field.control != .password else { return nil }
            return Difference(label: values.localisation[field.labelKey], mine: typed, theirs: present)
        }
    }

    private static func effective(
        _ shown: AdministrationObjectPage, _ messages: AdministrationFaults, _ values: AdministrationValues
    ) -> Effective? {
        guard shown.kind.isDated, let object = shown.object else { return nil }
        let localisation = values.localisation
        let chosen = AdministrationEffect(shown.form)
        let fields = shown.kind.fields.filter { $0.isDated }.map { localisation[$0.labelKey] }
        return Effective(
            about: shown.kind == .shifts
                ? nil : localisation.text(.datedFields, ["fields": fields.joined(separator: ", ")]),
            isToday: chosen == .today,
            isDate: chosen == .date,
            isBefore: chosen == .before,
            date: shown.form.first("effective_date"),
            fault: messages.text(of: "valid_from"),
            offersBefore: AdministrationEffect.offersBefore(object),
            pastDays: shown.restating.map { AdministrationPlanModel.pastDays($0, localisation) } ?? ""
        )
    }

    private static func versions(
        of object: AdministrationObject, _ kind: AdministrationKind, _ values: AdministrationValues
    ) -> [Version] {
        let fields =
            kind == .shifts
            ? kind.fields.filter { $0.control != .flag } : kind.fields.filter { $0.isDated }
        let present = object["valid_from"]
        var isLater = true
        return object.versions.reversed().map { version in
            let isNow = version["valid_from"] == present
            if isNow { isLater = false }
            let zone = values.references.zone { name in version[name] == .null ? object[name] : version[name] }
            return Version(
                since: values.moment(version["valid_from"].text, zone) ?? values.localisation.text(.sinceEver),
                isNow: isNow,
                isLater: isLater,
                cells: fields.map { field in
                    Cell(label: values.localisation[field.labelKey], text: values.text(field) { version[$0] })
                }
            )
        }
    }

    /// An entry of the audit log, with what it changed against the one before.
    private static func event(
        _ entries: [JSONValue], _ index: Int, _ kind: AdministrationKind, _ values: AdministrationValues
    ) -> Event {
        let localisation = values.localisation
        let entry = entries[index]
        let body = entry["detail"]["body"]
        let older = entries.dropFirst(index + 1).first { $0["detail"]["body"] != .null }?["detail"]["body"] ?? .null
        let action = entry["action"].text ?? ""
        var changes: [Difference] = []
        if body != .null, older != .null {
            changes = kind.fields.compactMap { field in
                let now = values.text(field) { body[$0] }
                let before = values.text(field) { older[$0] }
                guard now != before, field.control != .password else { return nil }
                return Difference(label: localisation[field.labelKey], mine: now, theirs: before)
            }
        }
        let instant = entry["recorded_at"].text ?? ""
        return Event(
            time: values.moment(instant, values.references.tenantZone) ?? instant,
            instant: instant,
            who: entry["actor_name"].text ?? localisation.text(.someone),
            action: AdministrationAuditModel.words(action, localisation),
            changes: changes,
            hasChanges: !changes.isEmpty
        )
    }
}

extension AdministrationObjectModel {
    /// Entries of the audit log about a thing: who did what, and when.
    static func events(_ entries: [JSONValue], zone: String, _ localisation: Localisation) -> [Event] {
        let clock = PlantClock(zone, localisation)
        return entries.map { entry in
            let instant = entry["recorded_at"].text ?? ""
            return Event(
                time: PlantClock.instant(instant).map { "\(clock.day($0)) \(clock.time($0))" } ?? instant,
                instant: instant,
                who: entry["actor_name"].text ?? localisation.text(.someone),
                action: AdministrationAuditModel.words(entry["action"].text ?? "", localisation),
                changes: [],
                hasChanges: false
            )
        }
    }
}

extension AdministrationText {
    /// What the end of an action's name says.
    init(action: String) {
        switch action.split(separator: ".").last {
        case "created": self = .actionCreated
        case "changed": self = .actionChanged
        case "deleted", "removed", "revoked": self = .actionDeleted
        case "renewed": self = .actionRenewed
        case "enrolled": self = .actionEnrolled
        case "turn_begun": self = .actionTurnBegun
        case "pin_refused": self = .actionPINRefused
        default: self = .actionOther
        }
    }
}

/// From when on a change of something that has versions holds, as it is chosen in the form.
enum AdministrationEffect: String {
    case today
    case date
    case before

    init(_ form: AdministrationForm) {
        self = AdministrationEffect(rawValue: form.first("effective")) ?? .today
    }

    /// Whether the version that holds now can be corrected for all the time it holds: the one since ever only while it is
    /// the only one.
    static func offersBefore(_ object: AdministrationObject) -> Bool {
        object["valid_from"] != .null || object.versions.count < 2
    }
}

/// What is wrong with a form, by its fields.
struct AdministrationFaults {
    let all: [(id: String, label: String, field: String, message: String)]

    init(
        _ faults: [ParameterFault], _ kind: AdministrationKind, _ texts: FaultTexts, _ localisation: Localisation
    ) {
        all = faults.map { fault in
            let base = String(fault.parameter.prefix { $0 != "[" && $0 != "." })
            let name = base == "end" && kind == .calendar ? "start" : base
            let field = kind.field(name)
            var told = fault
            if field?.control == .percent, fault.limit == "0…1" { told.limit = "0…100" }
            if fault.code == .invalidTime, let typed = Self.form(of: field) { told.limit = typed }
            var message = texts.message(of: told, in: localisation.language)
            if base == "breaks", let number = Self.index(in: fault.parameter) {
                message = localisation.text(.breakNumber, ["n": "\(number + 1)", "message": message])
            }
            let label = field.map { localisation[$0.labelKey] } ?? localisation["admin.effective.title"]
            return (field?.control.firstInput(name) ?? "field-effective", label, name, message)
        }
    }

    /// How a time is typed in a field that sends an instant, or in that of the day from which on something holds (nil).
    private static func form(of field: AdministrationField?) -> String? {
        switch field?.control {
        case nil: "YYYY-MM-DD"
        case .moment, .span: "YYYY-MM-DD HH:MM"
        default: nil
        }
    }

    /// `breaks[1].start_time` is of the second.
    private static func index(in parameter: String) -> Int? {
        parameter.firstIndex(of: "[").flatMap { start in
            Int(parameter[parameter.index(after: start)...].prefix { $0.isNumber })
        }
    }

    func text(of field: String) -> String? {
        let messages = all.filter { $0.field == field }.map(\.message)
        return messages.isEmpty ? nil : messages.joined(separator: " ")
    }
}

extension AdministrationField.Control {
    /// The id of what gets the keyboard when something is wrong with the field.
    fileprivate func firstInput(_ name: String) -> String {
        switch self {
        case .span: "field-start_date"
        case .corners: "field-\(name)_x1"
        default: "field-\(name)"
        }
    }
}
