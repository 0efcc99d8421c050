import Foundation
import Shared

/// The answer of a tenant's worker to the question which shift lines work now, or worked before.
struct ShiftPeriodReply: Decodable, Sendable {
    struct Period: Decodable, Sendable {
        /// Nil where there is no such shift.
        let from: String?
        let to: String?
    }

    struct Working: Decodable, Sendable {
        let working: LineShiftsReply.Working
        let timezone: String
    }

    let period: Period
    let isRunning: Bool
    let workings: [Working]

    private enum CodingKeys: String, CodingKey {
        case period
        case isRunning = "is_running"
        case workings
    }

    /// Its ends; nil where there is no such shift.
    var instants: (from: Date, to: Date)? {
        guard let from = period.from.flatMap(PlantClock.instant), let to = period.to.flatMap(PlantClock.instant)
        else { return nil }
        return (from, to)
    }
}

/// What is said of the shift beside the period it makes.
struct ShiftPeriodNote {
    /// So many workings are named.
    private static let named = 4

    let text: String

    init(_ reply: ShiftPeriodReply, isLast: Bool, _ localisation: Localisation) {
        guard reply.instants != nil else {
            text = localisation.text(.periodShiftNone)
            return
        }
        var names: [String] = []
        for found in reply.workings {
            let name = Self.name(of: found, localisation)
            if !names.contains(name) { names.append(name) }
        }
        let listed = names.prefix(Self.named).joined(separator: "; ") + (names.count > Self.named ? "…" : "")
        if isLast {
            text = listed
        } else {
            text = localisation.text(
                reply.isRunning ? .periodShiftRunning : .periodShiftOver, ["shifts": listed])
        }
    }

    /// `Morning 06:00–14:00`, on the clock of its plant.
    private static func name(of found: ShiftPeriodReply.Working, _ localisation: Localisation) -> String {
        guard let name = found.working.shiftName, let start = PlantClock.instant(found.working.start),
            let end = PlantClock.instant(found.working.end)
        else { return localisation.text(.boardDay) }
        let clock = PlantClock(found.timezone, localisation)
        return "\(name) \(clock.time(start))–\(clock.time(end))"
    }
}
