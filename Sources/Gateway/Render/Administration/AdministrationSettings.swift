import Shared

/// The company's settings, as their template sees them.
struct AdministrationSettingsModel {
    struct Present {
        let key: String
        let value: JSONValue
        let tag: String
    }

    struct Refused {
        let key: String
        let typed: [String]
        let message: String
    }

    struct Setting {
        let key: String
        let label: String
        let hint: String
        let tag: String
        let fault: String?
        let isNumber: Bool
        let value: String
        let unit: String
        let options: [AdministrationFieldModel.Option]
    }

    let page: PageFrame
    let t: TextTree
    let bar: PersonBarModel
    let groups: [AdministrationFrame.Group]
    let title: String
    let lead: String
    let notices: [AdministrationNotice]
    let settings: [Setting]

    init(
        _ present: [Present], refused: Refused?, notices: [AdministrationNotice], _ frame: AdministrationFrame
    ) {
        let localisation = frame.localisation
        page = frame.page
        t = frame.t
        bar = frame.bar
        groups = frame.groups
        title = localisation[AdministrationPlace.settings.titleKey]
        lead = localisation[AdministrationPlace.settings.leadKey]
        self.notices = notices
        settings = present.map { setting in
            let failed = refused?.key == setting.key ? refused : nil
            let number = setting.value.whole
            let chosen = failed?.typed ?? setting.value.elements.compactMap(\.text)
            return Setting(
                key: setting.key,
                label: localisation["admin.setting.\(setting.key).label"],
                hint: localisation["admin.setting.\(setting.key).hint"],
                tag: setting.tag,
                fault: failed?.message,
                isNumber: number != nil,
                value: failed?.typed.first ?? number.map { "\($0)" } ?? "",
                unit: localisation["admin.setting.\(setting.key).unit"],
                options: number != nil
                    ? []
                    : Role.allCases.map { role in
                        .init(
                            value: role.rawValue, name: localisation.text(role.textKey),
                            isChosen: chosen.contains(role.rawValue))
                    }
            )
        }
    }

    /// Every text that settings name.
    static var textKeys: [String] {
        SettingKey.allCases.flatMap { key in
            ["label", "hint", "unit"].map { "admin.setting.\(key.rawValue).\($0)" }
        } + ["label", "hint"].map { "admin.setting.sign_in.two_factor_roles.\($0)" }
    }
}
