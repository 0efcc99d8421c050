package import Foundation
import Mustache
package import Shared

/// Turns view models into pages. Made once at start; safe to use from anywhere.
package struct PageRenderer: Sendable {
    package let localisations: Localisations
    package let faultTexts: FaultTexts
    private let library: MustacheLibrary

    /// The templates of whole answers.
    enum Page: String, CaseIterable {
        case signIn = "sign_in"
        case dashboard
        case account
        case tiles
        case error
        case offline
        case documentation
        case adminIndex = "admin_index"
        case adminList = "admin_list"
        case adminObject = "admin_object"
        case adminCheck = "admin_check"
        case adminDeletion = "admin_deletion"
        case adminSettings = "admin_settings"
        case adminAudit = "admin_audit"
        case stops
        case stopsBoard = "stops_board"
        case adminDevices = "admin_devices"
        case adminDevice = "admin_device"
        case adminLayouts = "admin_layouts"
        case adminLayout = "admin_layout"
        case adminLayoutStandard = "admin_layout_standard"
        case device
        case station
        case stationBoard = "station_board"
        case andon
        case shiftBoard = "shift_board"
        case shiftBoards = "shift_boards"
        case explanation
        case explainedDetections = "explained_detections"
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
            .union(AdministrationTexts.keys)
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
        let panels = DashboardView.Tab.allCases.map { tab in
            TilesModel(
                waiting: AskedTiles(dashboard.view, tab: tab, dashboard.layout, role: dashboard.bar.role), site: site,
                localisation)
        }
        let page = PageFrame(site, localisation)
        return render(.dashboard, DashboardModel(dashboard, page: page, panels: panels, localisation))
    }

    /// The page of GET /account.
    package func accountPage(_ account: AccountPage, site: PageSite) -> String {
        let localisation = localisations[site.language]
        return render(.account, AccountModel(account, page: PageFrame(site, localisation), localisation))
    }

    /// The answer of GET /dashboard/tiles: the tiles of the tab, as an HTML fragment.
    ///
    /// `json` is the worker's answer, as POST /api/v1/dashboard/data gives it. A tile that is missing, failed or cannot be
    /// read shows its error; the others render. Those that are not among `widgets` (nil: all) are only told of, in their
    /// places.
    ///
    /// - Throws: when `json` is no such answer at all.
    func dashboardTiles(
        json: Data,
        view: DashboardView,
        layout: DashboardLayout,
        role: Role,
        widgets: Set<WidgetKind>? = nil,
        shift: ShiftPeriodReply? = nil,
        lineCodes: [LineID: String] = [:],
        linesOutsideShift: Set<LineID> = [],
        site: PageSite
    ) throws -> String {
        let reply = try JSONDecoder().decode(DashboardReply.self, from: json)
        let asked = AskedTiles(view, layout, role: role, widgets: widgets, shift: shift)
        let context = TileContext(
            reply, asked, site: site, localisations[site.language], faultTexts, lineCodes: lineCodes,
            linesOutsideShift: linesOutsideShift)
        return render(.tiles, TilesModel(reply, asked, site: site, context: context))
    }

    /// The answer of GET /dashboard/explanation, as an HTML fragment.
    func explanation(_ explanation: Explanation, site: PageSite) -> String {
        render(.explanation, ExplanationModel(explanation, site: site, localisations[site.language]))
    }

    /// The answer of GET /dashboard/detections, as an HTML fragment.
    func explainedDetections(_ detections: ExplainedDetections, site: PageSite) -> String {
        render(.explainedDetections, ExplainedDetectionsModel(detections, site: site, localisations[site.language]))
    }

    /// The page of GET /downtimes: everything but the board, which the page then asks for.
    func stopsPage(_ stops: StopsPage, site: PageSite) -> String {
        let localisation = localisations[site.language]
        return render(.stops, StopsPageModel(stops, page: PageFrame(site, localisation), localisation))
    }

    /// The answer of GET /downtimes/board, as an HTML fragment.
    func stopsBoard(_ board: StopsBoard, site: PageSite) -> String {
        render(
            .stopsBoard, StopsBoardModel(board, site: site, texts: faultTexts, localisations[site.language]))
    }

    /// The page of GET /device/{token}.
    func devicePage(_ device: DevicePage, site: PageSite) -> String {
        let localisation = localisations[site.language]
        return render(.device, DevicePageModel(device, page: PageFrame(site, localisation), localisation))
    }

    /// The page of GET /station: everything but the board, which the page then asks for.
    func stationPage(_ station: StationPage, site: PageSite) -> String {
        let localisation = localisations[site.language]
        return render(.station, StationPageModel(station, page: PageFrame(site, localisation), localisation))
    }

    /// The answer of GET /station/board, as an HTML fragment.
    func stationBoard(_ board: StationBoard, site: PageSite) -> String {
        render(.stationBoard, StationBoardModel(board, site: site, localisations[site.language]))
    }

    /// The page of GET /andon.
    func andonPage(_ andon: AndonPage, site: PageSite) -> String {
        render(.andon, AndonModel(andon, site: site, localisations[site.language]))
    }

    /// The page of GET /shift-board.
    func shiftBoardPage(_ board: ShiftBoardPage, site: PageSite) -> String {
        render(.shiftBoard, ShiftBoardModel(board, site: site, localisations[site.language]))
    }

    /// The answer of GET /shift-board/boards, as an HTML fragment.
    func shiftBoards(_ boards: HourBoardsReply, _ view: ShiftBoardView, site: PageSite) -> String {
        render(.shiftBoards, ShiftBoardsModel(boards, view, site: site, localisations[site.language]))
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
            // Nobody is to sign in there.
            ofDevice: code == .deviceNotEnrolled ? faultTexts.text(of: .deviceNotEnrolled, in: site.language) : nil,
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

    /// The page of GET /offline.
    package func offlinePage(site: PageSite) -> String {
        let localisation = localisations[site.language]
        return render(.offline, OfflineModel(page: PageFrame(site, localisation), t: localisation.tree))
    }

    /// The answer of GET /manifest.webmanifest.
    package func manifest(site: PageSite) -> [UInt8] {
        SiteManifest(site: site, localisation: localisations[site.language]).json
    }

    /// What a template makes of its model.
    func render(_ page: Page, _ model: Any) -> String {
        library.render(model, withTemplate: page.rawValue) ?? ""
    }
}
