import Foundation
import Shared

/// The wall: the lines of a view as they are now.
struct AndonPage: Sendable {
    var view: AndonView
    /// Of whoever is signed in; nil on a screen that nobody uses.
    var bar: PersonBar?
    var choices: WallChoices?
    var lines: LineShiftsReply
    /// Where a phone finds the stop of a line that began at an instant.
    var stopAddress: @Sendable (Int64, Date) -> String

    /// The tiles in the order of the view.
    func tiles(_ localisation: Localisation) -> [AndonTile] {
        let now = PlantClock.instant(lines.now) ?? Date()
        let plants = Set(lines.lines.map(\.plantID)).count > 1
        return lines.lines.map {
            AndonTile($0, now: now, plants: plants, stopAddress: stopAddress, localisation)
        }
    }

    /// The zone of all lines; nil where they stand in several.
    var zone: String? {
        let zones = Set(lines.lines.map(\.timezone))
        return zones.count == 1 ? zones.first : nil
    }
}

/// `AndonPage` as its template sees it.
struct AndonModel {
    /// How many lines a page of the wall holds.
    static let tilesPerPage = 12

    /// A place of the page, which the script fills again and again.
    struct Slot {
        let tile: AndonTile?
    }

    let page: PageFrame
    let t: TextTree
    let bar: PersonBarModel?
    let settings: WallChoicesModel?
    let slots: [Slot]
    let strip: [String]
    let columns: Int
    let rows: Int
    let isEmpty: Bool
    let clock: String
    let zone: String?
    let zoneName: String
    let version: String
    let data: String
    let events: String
    let alarmMinutes: Int?
    let holdsStopped: Bool
    let ageBefore: String
    let ageAfter: String

    init(_ andon: AndonPage, site: PageSite, _ localisation: Localisation) {
        page = PageFrame(site, localisation)
        t = localisation.tree
        bar = andon.bar.map { PersonBarModel($0, localisation) }
        settings = andon.choices.map { WallChoicesModel($0, andon.view.screen, localisation) }
        let tiles = andon.tiles(localisation)
        slots = (0..<Self.tilesPerPage).map { index in
            Slot(tile: index < tiles.count ? tiles[index] : nil)
        }
        strip = (0..<Self.tilesPerPage).map { "\($0)" }
        (columns, rows) = Self.grid(of: min(tiles.count, Self.tilesPerPage))
        isEmpty = tiles.isEmpty
        zone = andon.zone
        let now = PlantClock.instant(andon.lines.now) ?? Date()
        let wall = PlantClock(zone, localisation)
        clock = zone == nil ? "" : wall.time(now)
        zoneName =
            zone == nil
            ? localisation.text(.pageZones)
            : localisation.text(.pageZone, ["zone": wall.zoneName(at: now)])
        version = site.version
        data = "\(site.base)/andon/data\(andon.view.query)"
        events = "\(site.base)/andon/events\(andon.view.screen.query)"
        alarmMinutes = andon.view.alarmMinutes
        holdsStopped = andon.view.holdsStopped
        (ageBefore, ageAfter) = localisation.halves(.liveAge, around: "age")
    }

    /// The fewest columns and rows that hold so many tiles, rather wide than high.
    static func grid(of count: Int) -> (columns: Int, rows: Int) {
        switch count {
        case ...1: (1, 1)
        case 2: (2, 1)
        case 3: (3, 1)
        case 4: (2, 2)
        case ...6: (3, 2)
        case ...9: (3, 3)
        default: (4, 3)
        }
    }
}

extension AndonPage {
    /// The answer of GET /andon/data: every tile, and the version of the page that draws them.
    func json(site: PageSite, _ localisation: Localisation) -> JSONWriter {
        var json = JSONWriter(reservingCapacity: 8_192)
        json.object { json in
            json.field("version", site.version)
            json.key("tiles")
            json.array { json in
                for tile in tiles(localisation) { json.value(tile) }
            }
        }
        return json
    }
}
