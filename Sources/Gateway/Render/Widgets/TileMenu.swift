import Foundation
import Shared

/// What can be done with one tile.
struct TileMenu {
    let label: String
    /// Whether it shows a figure that the panel takes apart.
    let explains: Bool
    /// Whether it can show its data as a table in place of a drawing.
    let hasTable: Bool
    /// Whether its data can be taken away as a file.
    let hasFile: Bool

    init(_ widget: WidgetKind, title: String, _ localisation: Localisation) {
        label = localisation.text(.tileMenu, ["name": title])
        explains = widget.explainedFigure != nil
        let isDrawing = widget.look == .chart || widget.look == .bars
        hasTable = isDrawing
        switch widget {
        case .productRanking, .hourByHour, .downtimeTable: hasFile = true
        default: hasFile = isDrawing
        }
    }
}

extension PlantClock {
    /// `2026-03-04T06:05:09.25-03:00`: the whole instant, with its distance from UTC.
    func instantText(_ date: Date) -> String {
        let microseconds = Int64((date.timeIntervalSince1970 * 1_000_000).rounded())
        let offset = Int64(zone.secondsFromGMT(for: date))
        let local = Instant(microseconds: microseconds + offset * Instant.microsecondsPerSecond).description
        let size = abs(offset) / 60
        let (hours, minutes) = (String(100 + size / 60).suffix(2), String(100 + size % 60).suffix(2))
        return "\(local.dropLast())\(offset < 0 ? "-" : "+")\(hours):\(minutes)"
    }
}

extension Double {
    /// The shortest decimal form, without a fraction where it is whole.
    var shortText: String {
        self == rounded() && abs(self) < 1e15 ? "\(Int64(self))" : "\(self)"
    }
}
