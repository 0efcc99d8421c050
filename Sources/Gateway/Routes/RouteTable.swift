import Shared

/// Every route the gateway serves, one line each. What is not here is not served; what is here has its rights beside it.
struct RouteTable: Sendable {
    let services: Services

    var routes: [Route] {
        let others = others
        return others + DocumentationRoutes(services).routes(beside: others)
            + AdministrationRoutes(services).routes(beside: others) + StationRoutes(services).routes(beside: others)
    }

    private var others: [Route] {
        [
            ReadHealth(services).route,
            ReadReadiness(services).route,
            ReadMetrics(services).route,
            ReadStaticFile(services).route,
            ShowSignIn(services).route,
            SubmitSignIn(services).route,
            SubmitSignOut(services).route,
            SubmitSwitch(services).route,
            ShowDashboard(services).route,
            ShowDashboardTiles(services).route,
            ShowExplanation(services).route,
            ShowExplainedDetections(services).route,
            ShowStops(services).route,
            ShowStopsBoard(services).route,
            ShowAndon(services).route,
            ReadAndonData(services).route,
            ShowShiftBoard(services).route,
            ShowShiftBoards(services).route,
            OpenStopOfWall(services).route,
            ListSigningKeys(services).route,
            CreateTokens(services).route,
            RenewTokens(services).route,
            EndTokens(services).route,
            SwitchTenant(services).route,
            ReadMyself(services).route,
            ChangeMyself(services).route,
            ChangePassword(services).route,
            IngestDetectionsRoute(services).route,
            NoteHeartbeatRoute(services).route,
            ReadIndicatorsRoute(services).route,
            ExplainIndicatorsRoute(services).route,
            ReadProductionRoute(services).route,
            ListDowntimesRoute(services).route,
            ReadStopRoute(services).route,
            ReadLineStatusRoute(services).route,
            QueryDashboardRoute(services).route,
            ReadDetectionsRoute(services).route,
            ReadLayoutRoute(services).route,
            ListFiltersRoute(services).route,
            ListFilterOptionsRoute(services).route,
            ValidateFiltersRoute(services).route,
            RecalculateStopsRoute(services).route,
            RefreshCacheRoute(services).route,
            FollowEventsRoute(services).route,
            ExchangeMessagesRoute(services).route,
            FollowStationEvents(services).route,
            ListAuditEntriesRoute(services).route,
            ListSignInsRoute(services).route,
        ] + EditStopsRoutes(services).routes
            + MasterDataResource.allCases.flatMap { MasterDataRoutes(services, $0).routes }
            + SettingRoutes(services).routes
            + APIKeyRoutes(services).routes
            + UserRoutes(services).routes
            + OwnSessionRoutes(services).routes
            + SecondFactorRoutes(services).routes
            + MessageCodeRoutes(services).routes
            + SubmitSecondFactor(services).routes
            + TwoFactorRolesSetting(services).routes
            + InstallableSite(services).routes
            + [
                CreateTokensBySecondFactor(services).route, ResetSecondFactor(services).route,
                ShowAccount(services).route, SubmitPreferences(services).route,
                SubmitPassword(services).route,
            ] + SubmitSessions(services).routes
            + shopFloor
    }

    /// Screens, tablets and what people have to do with them.
    private var shopFloor: [Route] {
        FollowWallEvents(services).routes + DeviceRoutes(services).routes + OpenDevice(services).routes
            + StationPINRoutes(services).routes + SubmitStationPIN(services).routes
    }
}

extension Route {
    /// Pages for whoever has not signed in, and the worker that asks for one of them.
    private static let openPages: Set<String> = ["/login", "/offline", "/service-worker.js", OpenDevice.path]

    /// Whether its answers are pages, with the policy that lets them load their files.
    var isPage: Bool {
        switch handler {
        case .page: true
        case .open, .tenant: Self.openPages.contains(template)
        }
    }
}
