import HTTPTypes
import IPC
import Shared

/// GET /station/events: what happens on the lines of a station, as server-sent events.
struct FollowStationEvents: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .get, "/station/events", "Events of the lines of a station", .unlisted("A part of a page."),
            hasDeadline: false,
            .page(roles: [], devices: [.station]) { context in
                guard let device = context.identity.device else { throw Fault(code: .forbidden) }
                return try await FollowedEvents(services: services, context: context).response(
                    to: FollowLineEvents(
                        lastEventID: context.request.headers[.lastEventID], lines: .some(device.lines))
                ) {
                    try await services.identification.ofPage(context.request, isForPeople: false, [.station])
                }
            })
    }
}
