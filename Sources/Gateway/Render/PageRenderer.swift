package import Foundation
import Mustache
package import Shared

/// Turns view models into pages. Made once at start; safe to use from anywhere.
package struct PageRenderer: Sendable {
    package let localisations: Localisations
    package let faultTexts: FaultTexts
    private let library: MustacheLibrary

    private enum Page: String, CaseIterable {
        case signIn = "sign_in"
        case dashboard
        case account
        case tiles
        case error
        case documentation
    }

    /// - Parameter resources: the folder that holds `Templates` and `Languages`.
    /// - Throws: `RenderingError` when a template or a text is missing, in any language.
    package init(resources: URL = PageResources.folder) throws {
        localisations = try Localisations(folder: resources.appendingPathComponent("Languages"))
        faultTexts = FaultTexts(localisations)
        let templates = try PageTemplates(folder: resources.appendingPathComponent("Templates"))
        library = templates.library
        let missing = Page.allCases.map(\.rawValue).filter { library.getTemplate(named: $0) == nil }
        guard missing.isEmpty else { throw RenderingError.missingTemplates(missing) }
        try localisations.require(Self.textKeys(templates))
    }

    /// Every text that anything names.
    static func textKeys(_ templates: PageTemplates) -> Set<String> {
        Set(TextKey.allCases.map(\.rawValue))
            .union(templates.textKeys)
            .union(FaultTexts.keys)
            .union(Theme.allCases.map { "menu.theme_\($0.rawValue)" })
    }

    /// The page of GET and POST /login.
    package func signInPage(_ signIn: SignInPage, site: PageSite) -> String {
        let localisation = localisations[site.language]
        return render(.signIn, SignInModel(signIn, page: PageFrame(site, localisation), localisation))
    }

    /// The page of GET /: everything but the figures, which the page then asks for.
    package func dashboardPage(_ dashboard: DashboardPage, site: PageSite) -> String {
        let localisation = localisations[site.language]
        return render(.dashboard, DashboardModel(dashboard, page: PageFrame(site, localisation), localisation))
    }

    /// The page of GET /account.
    package func accountPage(_ account: AccountPage, site: PageSite) -> String {
        let localisation = localisations[site.language]
        return render(.account, AccountModel(account, page: PageFrame(site, localisation), localisation))
    }

    /// The answer of GET /dashboard/tiles: all tiles of the tab, as an HTML fragment.
    ///
    /// `json` is the worker's answer, as POST /api/v1/dashboard/data gives it. A tile that is missing, failed or cannot be
    /// read shows its error; the others render.
    ///
    /// - Throws: when `json` is no such answer at all.
    package func dashboardTiles(
        json: Data,
        view: DashboardView,
        role: Role,
        site: PageSite
    ) throws -> String {
        let reply = try JSONDecoder().decode(DashboardReply.self, from: json)
        let context = TileContext(
            localisation: localisations[site.language],
            faultTexts: faultTexts,
            lineAddress: { line in
                var view = view
                view.lines = .some([LineID(line)])
                return "\(site.base)/\(view.query(role: role))"
            }
        )
        return render(.tiles, TilesModel(reply, tab: view.tab, site: site, context: context))
    }

    /// The page of GET /api/docs.
    func documentationPage(_ document: OpenAPIDocument, site: PageSite) -> String {
        let localisation = localisations[site.language]
        return render(.documentation, DocumentationModel(document, page: PageFrame(site, localisation), localisation))
    }

    /// The page of a fault outside /api and /auth.
    ///
    /// The detail of `code` is shown where the page has no words of its own for the status, and each of `parameters` by its
    /// name. After `retryAfter` seconds a page of 429, 503 or 504 tries again by itself.
    package func errorPage(
        status: Int,
        code: FaultCode?,
        parameters: [ParameterFault] = [],
        requestID: String,
        retryAfter: Int? = nil,
        site: PageSite
    ) -> String {
        let localisation = localisations[site.language]
        let detail = code.flatMap { code in
            code == .forbidden || code == .internal ? nil : faultTexts.text(of: code, in: site.language).detail
        }
        let model = ErrorModel(
            status: status,
            detail: detail,
            parameters: parameters.map {
                ErrorModel.Parameter(name: $0.parameter, message: faultTexts.message(of: $0, in: site.language))
            },
            requestID: requestID,
            retryAfter: retryAfter,
            page: PageFrame(site, localisation),
            localisation
        )
        return render(.error, model)
    }

    private func render(_ page: Page, _ model: Any) -> String {
        library.render(model, withTemplate: page.rawValue) ?? ""
    }
}
