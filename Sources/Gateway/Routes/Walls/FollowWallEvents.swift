import HTTPTypes
import IPC
import Shared

/// GET /andon/events and /shift-board/events: what happens on the lines of a screen, as server-sent events.
struct FollowWallEvents: Sendable {
    private struct Query: QueryParameters {
        let screen: WallScreen

        init(_ fields: inout QueryFields) {
            screen = WallScreen(&fields)
        }
    }

    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var routes: [Route] {
        [(SiteSection.andon, DeviceKind.andon), (SiteSection.shiftBoard, DeviceKind.shiftBoard)].map { section, kind in
            Route(
                .get, "\(section.path)/events", "Events of the lines of a screen", .unlisted("A part of a page."),
                hasDeadline: false,
                .page(roles: section.roles, devices: [kind]) { context in
                    let screen = try context.deviceScreen() ?? Query(of: context.request).screen
                    return try await FollowedEvents(services: services, context: context).response(
                        to: FollowLineEvents(
                            lastEventID: context.request.headers[.lastEventID], lines: screen.lines,
                            plant: screen.plant)
                    ) {
                        try await services.identification.ofPage(context.request, isForPeople: true, [kind])
                    }
                }
            )
        }
    }
}
