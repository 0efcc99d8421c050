import HTTPTypes
import Shared

/// GET /shift-board: the shift hour by hour.
struct ShowShiftBoard: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .get, "/shift-board", "The shift hour by hour", .unlisted("A page."), record: .query,
            .page(roles: SiteSection.shiftBoard.roles, devices: [.shiftBoard]) { context in
                let view = try ShiftBoardView(for: context)
                var page = ShiftBoardPage(view: view, shifts: [], boards: try await view.boards(services, context))
                if !view.screen.isFixed {
                    let choices = try await DashboardChoices(services, context)
                    page.choices = view.screen.choices(choices)
                    page.bar = try await PersonBar(context, services, section: .shiftBoard)
                    page.shifts = choices.shifts.filter { shift in
                        view.screen.plant.map { shift.plantId ?? $0.rawValue == $0.rawValue } ?? true
                    }.map { ShiftBoardPage.Shift(id: ShiftID($0.shiftId), name: $0.shiftName) }
                }
                return .page(services.pages.shiftBoardPage(page, site: context.site(services).shown(on: view.screen)))
            })
    }
}

/// GET /shift-board/boards: the boards alone, as a fragment of HTML.
struct ShowShiftBoards: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .get, "/shift-board/boards", "The hours of the shift board", .unlisted("A part of a page."),
            .page(roles: SiteSection.shiftBoard.roles, devices: [.shiftBoard]) { context in
                let view = try ShiftBoardView(for: context)
                let html = services.pages.shiftBoards(
                    try await view.boards(services, context), view,
                    site: context.site(services).shown(on: view.screen))
                return .refreshed(Array(html.utf8), type: "text/html; charset=utf-8", for: context.request)
            })
    }
}
