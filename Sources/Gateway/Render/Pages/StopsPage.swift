import Foundation
import Shared

/// The shell of the page of stops: bar, filters, and the panel in which a stop is looked at and edited.
struct StopsPage: Sendable {
    /// A line that stops may be entered on.
    struct Line: Sendable {
        var id: LineID
        var plant: PlantID
        var code: String
        var name: String
        /// Of its plant, as the IANA calls it.
        var zone: String
        /// The groups it is in.
        var groups: [LineGroupID]
    }

    var view: StopsView
    /// What the page is narrowed by, as on the dashboard.
    var filters: DashboardPage
    var lines: [Line]
    var causes: StopCauses
    /// The incidents given last on each line, the latest first.
    var latest: [Int64: [Int64]]
    /// Whose what was not sent yet is, on a device that others use too.
    var owner: String
    var now: Instant
}

/// `StopsPage` as its template sees it.
struct StopsPageModel {
    struct State {
        let value: String
        let name: String
        let isCurrent: Bool
    }

    struct Line {
        let id: Int64
        let code: String
        let name: String
        let plant: Int64
        /// As the filter of lines has them, with spaces between them.
        let groups: String
        let zone: String
        /// Whose clock times are typed on.
        let clock: String

        static func all(of stops: StopsPage, _ localisation: Localisation) -> [Line] {
            let now = Date(timeIntervalSince1970: Double(stops.now.microseconds) / 1_000_000)
            return stops.lines.map { line in
                let zone = PlantClock(line.zone, localisation).zoneName(at: now)
                return Line(
                    id: line.id.rawValue,
                    code: line.code,
                    name: line.code == line.name ? line.code : "\(line.code) · \(line.name)",
                    plant: line.plant.rawValue,
                    groups: line.groups.compactMap { LineSelection.group($0).text }.joined(separator: " "),
                    zone: line.zone,
                    clock: localisation.text(.pageZone, ["zone": zone])
                )
            }
        }
    }

    struct Failure {
        let id: Int64
        let name: String
        let category: String
        /// The lines it may happen on, with spaces between them; nil: every one.
        let lines: String?
        let incidents: [Incident]

        static func all(of causes: StopCauses, _ localisation: Localisation) -> [Failure] {
            causes.choices.map { failure, incidents in
                Failure(
                    id: failure.failureId,
                    name: failure.failureName,
                    category: LossCategory.name(failure.lossCategory, localisation),
                    lines: failure.lineIds.map { $0.map { "\($0)" }.joined(separator: " ") },
                    incidents: incidents.map {
                        Incident(id: $0.incidentId, name: $0.incidentName, failure: failure.failureName)
                    }
                )
            }
        }
    }

    struct Incident {
        let id: Int64
        let name: String
        let failure: String
    }

    struct Latest {
        let line: Int64
        let incidents: String

        static func all(of latest: [Int64: [Int64]]) -> [Latest] {
            latest.sorted { $0.key < $1.key }.map { line, incidents in
                Latest(line: line, incidents: incidents.map { "\($0)" }.joined(separator: " "))
            }
        }
    }

    let page: PageFrame
    let t: TextTree
    let bar: PersonBarModel
    let filters: DashboardModel
    let state: String
    let states: [State]
    let ageBefore: String
    let ageAfter: String
    let enterLines: [Line]
    let failures: [Failure]
    let hasFailures: Bool
    let latest: [Latest]
    let owner: String
    /// Whether the person may give causes, and take back what he did.
    let mayJustify: Bool
    /// Whether the person may enter stops, of which there can be none without lines.
    let mayEnter: Bool
    /// Whether the person may change the times of any stop.
    let mayChange: Bool

    init(_ stops: StopsPage, page: PageFrame, _ localisation: Localisation) {
        self.page = page
        t = localisation.tree
        filters = DashboardModel(stops.filters, page: page, localisation)
        bar = filters.bar
        state = stops.view.state.rawValue
        states = StopsView.State.allCases.map { state in
            State(
                value: state.rawValue, name: localisation.text(state.textKey), isCurrent: state == stops.view.state)
        }
        (ageBefore, ageAfter) = localisation.halves(.liveAge, around: "age")
        enterLines = Line.all(of: stops, localisation)
        failures = Failure.all(of: stops.causes, localisation)
        hasFailures = !failures.isEmpty
        latest = Latest.all(of: stops.latest)
        owner = stops.owner
        let role = stops.filters.bar.role
        mayJustify = Set<Role>.operatorsAndAbove.contains(role)
        mayEnter = mayJustify && !enterLines.isEmpty
        mayChange = Set<Role>.managersAndAbove.contains(role)
    }
}

extension StopsView.State {
    var textKey: TextKey {
        switch self {
        case .stops: .stopsStateStops
        case .ongoing: .stopsStateOngoing
        case .unjustified: .stopsStateUnjustified
        case .justified: .stopsStateJustified
        case .micro: .stopsStateMicro
        }
    }
}
