import Foundation
import Shared

/// The shift board: hour by hour what should have been made, what was, and what cost most.
struct ShiftBoardPage: Sendable {
    struct Shift: Sendable {
        var id: ShiftID
        var name: String
    }

    var view: ShiftBoardView
    /// Of whoever is signed in; nil on a screen that nobody uses.
    var bar: PersonBar?
    var choices: WallChoices?
    /// The shifts to choose among.
    var shifts: [Shift]
    var boards: HourBoardsReply
}

/// The boards of a view, as the page and the answer of GET /shift-board/boards have them.
struct ShiftBoardsModel {
    let t: TextTree
    let assets: String
    let version: String
    let boards: [ShiftBoard]
    let isEmpty: Bool
    let idle: String?
    let previous: String?
    let next: String?
    /// The board that goes with the shifts; nil where it is shown.
    let current: String?

    init(_ reply: HourBoardsReply, _ view: ShiftBoardView, site: PageSite, _ localisation: Localisation) {
        t = localisation.tree
        assets = site.assets
        version = site.version
        let now = PlantClock.instant(reply.now) ?? Date()
        let plants = Set(reply.boards.map { $0.plantName }).count > 1
        boards = reply.boards.map { ShiftBoard($0, now: now, plants: plants, localisation) }
        isEmpty = boards.isEmpty
        idle =
            reply.idle.isEmpty
            ? nil : localisation.text(.boardIdle, ["lines": reply.idle.joined(separator: ", ")])
        func address(_ working: LineShiftsReply.Working?) -> String? {
            guard let working, let date = try? LocalDate(parsing: working.date) else { return nil }
            var other = view
            // The shift at work is asked for without its date, so that the board goes on with the next.
            let isOver = PlantClock.instant(working.end).map { $0 <= now } ?? true
            other.date = isOver ? date : nil
            other.shift = isOver ? working.shiftID.map { ShiftID($0) } : nil
            return "\(site.base)/shift-board\(other.query)"
        }
        // Nobody moves a device to another shift.
        previous = view.screen.isFixed ? nil : address(reply.boards.first?.previous)
        next = view.date == nil ? nil : address(reply.boards.first?.next)
        var live = view
        (live.date, live.shift) = (nil, nil)
        current = view.date == nil ? nil : "\(site.base)/shift-board\(live.query)"
    }
}

/// `ShiftBoardPage` as its template sees it.
struct ShiftBoardModel {
    let page: PageFrame
    let t: TextTree
    let bar: PersonBarModel?
    let settings: WallChoicesModel?
    let shifts: [WallChoicesModel.Choice]
    let hasShifts: Bool
    let date: String
    /// Whether it goes with the shifts.
    let isLive: Bool
    let isByLine: Bool
    let boards: ShiftBoardsModel
    let data: String
    let events: String
    let version: String
    let ageBefore: String
    let ageAfter: String

    init(_ board: ShiftBoardPage, site: PageSite, _ localisation: Localisation) {
        page = PageFrame(site, localisation)
        t = localisation.tree
        bar = board.bar.map { PersonBarModel($0, localisation) }
        settings = board.choices.map { WallChoicesModel($0, board.view.screen, localisation) }
        shifts = board.shifts.map {
            WallChoicesModel.Choice(value: "\($0.id)", name: $0.name, isCurrent: $0.id == board.view.shift)
        }
        hasShifts = !shifts.isEmpty
        date = board.view.date.map { "\($0)" } ?? board.boards.boards.first?.working.date ?? ""
        isLive = board.view.date == nil
        isByLine = board.view.isByLine
        boards = ShiftBoardsModel(board.boards, board.view, site: site, localisation)
        version = site.version
        data = "\(site.base)/shift-board/boards\(board.view.query)"
        events = "\(site.base)/shift-board/events\(board.view.screen.query)"
        (ageBefore, ageAfter) = localisation.halves(.liveAge, around: "age")
    }
}
