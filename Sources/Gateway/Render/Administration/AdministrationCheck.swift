import Shared

/// What is told of a form while it is filled in, as its template sees it: one place for each field, and what the change
/// would do.
struct AdministrationCheckModel {
    struct Place {
        let name: String
        let fault: String?
    }

    let page: PageFrame
    let t: TextTree
    /// Its parts take the place of those of the page.
    let isSwap = true
    let places: [Place]
    let isDated: Bool
    let pastDays: String
    let plan: AdministrationPlanModel?

    init(
        _ shown: AdministrationObjectPage, _ faultTexts: FaultTexts, _ site: PageSite, _ localisation: Localisation
    ) {
        page = PageFrame(site, localisation)
        t = localisation.tree
        let messages = AdministrationFaults(shown.faults, shown.kind, faultTexts, localisation)
        places = shown.kind.fields.map { Place(name: $0.name, fault: messages.text(of: $0.name)) }
        isDated = shown.kind.isDated && (shown.object.map(AdministrationEffect.offersBefore) ?? false)
        pastDays = shown.restating.map { AdministrationPlanModel.pastDays($0, localisation) } ?? ""
        plan = shown.kind.plansTime ? shown.preview.map { AdministrationPlanModel($0, localisation) } : nil
    }
}
