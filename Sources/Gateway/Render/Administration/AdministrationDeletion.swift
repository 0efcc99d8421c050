import Shared

/// What is said before an object is deleted, as its template sees it.
struct AdministrationDeletionModel {
    let page: PageFrame
    let t: TextTree
    let bar: PersonBarModel
    let groups: [AdministrationFrame.Group]
    let kindTitle: String
    let listPath: String
    let path: String
    let name: String
    let title: String
    let tag: String?
    /// What will happen, one sentence each.
    let effects: [String]
    let notices: [AdministrationNotice]
    let isKept: Bool
    let plan: AdministrationPlanModel?

    /// - Parameter preview: the worker's answer; nil for what has none behind it.
    init(
        _ object: AdministrationObject, _ kind: AdministrationKind, preview: JSONValue?,
        notices: [AdministrationNotice], _ values: AdministrationValues, _ frame: AdministrationFrame
    ) {
        let localisation = frame.localisation
        page = frame.page
        t = frame.t
        bar = frame.bar
        groups = frame.groups
        kindTitle = localisation[kind.titleKey]
        listPath = "\(page.base)/admin/\(kind.rawValue)"
        path = "\(page.base)/admin/\(kind.rawValue)/\(object.id)"
        let name = values.title(of: object, kind)
        self.name = name
        title = localisation.text(.deletionTitle, ["name": name])
        tag = object.tag
        self.notices = notices
        isKept = preview?["is_kept"] == .bool(true)
        var effects: [String] = []
        if let preview {
            effects.append(localisation.text(isKept ? .deletionKept : .deletionGone))
            effects.append(localisation[kind.deletionKey])
            for other in AdministrationKind.allCases {
                guard let resource = other.masterData, let count = preview["also"][resource.rawValue].whole else {
                    continue
                }
                effects.append(
                    localisation.text(
                        .deletionAlso, ["n": "\(count)", "kind": localisation[other.titleKey].lowercased()]))
            }
            if kind.plansTime { effects.append(AdministrationPlanModel.pastDays(preview, localisation)) }
        } else {
            effects.append(localisation[kind.deletionKey])
        }
        self.effects = effects
        self.plan = kind.plansTime ? preview.map { AdministrationPlanModel($0, localisation) } : nil
    }
}
