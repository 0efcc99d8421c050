/// Texts of the administration that Swift asks for by name.
enum AdministrationText: String, CaseIterable {
    case yes
    case no
    case countOne = "count.one"
    case countOther = "count.other"
    case foundNone = "found_none"
    case saved = "done.saved"
    case added = "done.added"
    case deleted = "done.deleted"
    case deactivated = "done.deactivated"
    case revoked = "done.revoked"
    case faultsOne = "faults.one"
    case faultsOther = "faults.other"
    case breakNumber = "break_number"
    case pastDaysNone = "past_days.none"
    case pastDaysOne = "past_days.one"
    case pastDaysOther = "past_days.other"
    case zone
    case sinceEver = "version.since_ever"
    case versionNow = "version.now"
    case versionLater = "version.later"
    case datedFields = "version.fields"
    case deletionKept = "deletion.kept"
    case deletionGone = "deletion.gone"
    case deletionAlso = "deletion.also"
    case deletionTitle = "deletion.title"
    case planWeek = "plan.week"
    case planFurtherOne = "plan.further.one"
    case planFurtherOther = "plan.further.other"
    case planDay = "plan.day"
    case actionCreated = "action.created"
    case actionChanged = "action.changed"
    case actionDeleted = "action.deleted"
    case actionRenewed = "action.renewed"
    case actionEnrolled = "action.enrolled"
    case actionTurnBegun = "action.turn_begun"
    case actionPINRefused = "action.pin_refused"
    case actionOther = "action.other"
    case someone
    case pageOf = "page_of"
    case deviceLeftOut = "devices.left_out"
    case layoutTitle = "layouts.of_role"
    case layoutStandard = "layouts.standard"
    case layoutOwn = "layouts.own"
    case layoutWidth = "layouts.width_of"
    case layoutMoved = "layouts.moved"
    case layoutHidden = "layouts.now_hidden"
    case layoutSpot = "layouts.spot"
    case layoutStandardEffect = "layouts.standard_effect"
    case layoutComing = "layouts.coming"
    case layoutGoing = "layouts.going"

    static var keys: [String] { allCases.map(\.key) }

    var key: String { "admin.\(rawValue)" }
}

/// Every text of the administration that Swift puts together the name of.
enum AdministrationTexts {
    static var keys: [String] {
        AdministrationText.keys + AdministrationKind.textKeys + AdministrationPlace.textKeys
            + AdministrationSettingsModel.textKeys + AdministrationDevicesModel.textKeys
            + AdministrationAuditModel.textKeys + AdministrationLayoutModel.textKeys
            + (1...7).map { "admin.day.\($0)" }
            + AdministrationField.Unit.allCases.map { "admin.unit.\($0.rawValue)" }
            + AdministrationField.Group.allCases.filter { $0 != .general }.map { "admin.part.\($0.rawValue)" }
            + ["start_date", "start_time", "end_date", "end_time", "x1", "y1", "x2", "y2"].map { "admin.part.\($0)" }
            + ["admin.all.plants", "admin.all.lines", "admin.all.none", "admin.choose", "admin.effective.title"]
    }
}

extension Localisation {
    /// The text, with `{name}` replaced by the values given.
    func text(_ key: AdministrationText, _ values: KeyValuePairs<String, String> = [:]) -> String {
        var text = self[key.key]
        for (name, value) in values { text = text.replacing("{\(name)}", with: value) }
        return text
    }

    func count(_ number: Int, one: AdministrationText, other: AdministrationText) -> String {
        text(number == 1 ? one : other, ["n": integer(Double(number))])
    }
}
