import Foundation
import HTTPTypes
import Shared

/// GET /stop/{stop}: the short address that a wall's code holds, which leads to the page of stops with that stop open.
struct OpenStopOfWall: Sendable {
    private struct Query: QueryParameters {
        /// The list that has it.
        let state: StopsView.State

        init(_ fields: inout QueryFields) {
            state = fields.choice("state", of: StopsView.State.self) ?? .stops
        }
    }

    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .get, "/stop/{stop}", "Opens the stop of a wall's code", .unlisted("Leads to a page."),
            .page(roles: SiteSection.stops.roles) { context in
                guard let stop = StopOfWall(path: context.open.parameters[0]) else { throw Fault(code: .notFound) }
                let state = try Query(of: context.request).state
                let choices = try await DashboardChoices(services, context)
                // Lines that somebody may not see are not among them.
                guard let line = choices.lines.first(where: { $0.lineId == stop.line }),
                    let plant = choices.plants.first(where: { $0.plantId == line.plantId })
                else { throw Fault(code: .notFound) }
                let day = DashboardView(period: .today)
                let (date, _) = day.dates(secondsSince1970: Double(stop.second), zone: plant.timezone)
                return Response(
                    status: .seeOther,
                    headers: [
                        .location:
                            "/downtimes?period=custom&from=\(date)&to=\(date)&line_id=\(stop.line)"
                            + (state == .stops ? "" : "&state=\(state.rawValue)") + "#stop=\(stop.text)"
                    ])
            })
    }
}

/// The stop that a wall's code names: its line and the second it began in, as few characters as can be.
struct StopOfWall: Hashable, Sendable {
    let line: Int64
    /// Since 1970.
    let second: Int64

    init(line: Int64, start: Date) {
        self.line = line
        second = Int64(start.timeIntervalSince1970.rounded(.down))
    }

    /// - Returns: nil for what no code holds.
    init?(path: Substring) {
        let parts = path.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let line = Int64(plain: parts[0]), (1...Int64(Int32.max)).contains(line),
            (1...9).contains(parts[1].utf8.count), let second = Int64(parts[1], radix: 36), second >= 0,
            second <= Instant.last.microseconds / Instant.microsecondsPerSecond
        else { return nil }
        self.line = line
        self.second = second
    }

    /// What stands for it in an address.
    var text: String { "\(line)-\(String(second, radix: 36))" }

    /// Where a page leads to it. Micro-stops have a list of their own.
    func address(isMicro: Bool, base: String) -> String {
        "\(base)/stop/\(text)" + (isMicro ? "?state=\(StopsView.State.micro.rawValue)" : "")
    }

    /// Makes the addresses that a phone asks the same gateway by.
    static func addresses(for request: Request) -> @Sendable (Int64, Date) -> String {
        let site = "\(request.isSecure ? "https" : "http")://\(request.authority ?? "localhost")\(request.base)"
        return { line, start in "\(site)/stop/\(StopOfWall(line: line, start: start).text)" }
    }
}
