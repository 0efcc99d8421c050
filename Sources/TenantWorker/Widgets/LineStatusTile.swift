import Shared

/// LineStatusIndicator.
struct LineStatusTile {
    private let dashboard: Dashboard

    init(_ dashboard: Dashboard) {
        self.dashboard = dashboard
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.key("lines")
            json.array { json in
                for state in dashboard.states { state.write(to: &json) }
            }
            json.field("now", dashboard.now)
        }
    }
}
