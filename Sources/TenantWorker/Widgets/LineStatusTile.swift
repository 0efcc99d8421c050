import Shared

/// LineStatusIndicator.
struct LineStatusTile {
    private let dashboard: Dashboard

    init(_ dashboard: Dashboard) {
        self.dashboard = dashboard
    }

    func write(to json: inout JSONWriter) throws {
        let states = try dashboard.lines.compactMap { try $0.state.get() }
        json.object { json in
            json.key("lines")
            json.array { json in
                for state in states { state.write(to: &json) }
            }
            json.field("now", dashboard.now)
        }
    }
}
