import Shared

/// The shell of a station's page: who is at it, and the panel in which a stop gets its cause; the board follows.
struct StationPage: Sendable {
    var device: EnrolledDevice
    var causes: StopCauses
    /// The incidents given last on each line, the latest first.
    var latest: [Int64: [Int64]]
    var csrfToken: String
}

/// `StationPage` as its template sees it.
struct StationPageModel {
    let page: PageFrame
    let t: TextTree
    let name: String
    let csrfToken: String
    /// Whose what was not sent yet is.
    let owner: String
    let ageBefore: String
    let ageAfter: String
    let failures: [StopsPageModel.Failure]
    let hasFailures: Bool
    let latest: [StopsPageModel.Latest]
    let turnSeconds: Int
    /// Of the panel: who is at a station always may, or is told that he may not.
    let mayJustify = true
    let mayChange = false

    init(_ station: StationPage, page: PageFrame, _ localisation: Localisation) {
        self.page = page
        t = localisation.tree
        name = station.device.name
        csrfToken = station.csrfToken
        owner = "\(station.device.tenant).device.\(station.device.id)"
        (ageBefore, ageAfter) = localisation.halves(.liveAge, around: "age")
        failures = StopsPageModel.Failure.all(of: station.causes, localisation)
        hasFailures = !failures.isEmpty
        latest = StopsPageModel.Latest.all(of: station.latest)
        turnSeconds = StationTurns.seconds
    }
}
