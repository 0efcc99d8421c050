import Foundation
import Shared

/// What the figures of a view stand against, as whoever chose it reads it.
struct ComparedPeriod {
    let localisation: Localisation
    private let comparison: DashboardView.Comparison
    private let dates: (from: LocalDate, to: LocalDate)?

    init(_ view: DashboardView, _ localisation: Localisation) {
        self.localisation = localisation
        comparison = view.comparison
        if let from = view.comparedFrom.flatMap({ try? LocalDate(parsing: $0) }),
            let to = view.comparedTo.flatMap({ try? LocalDate(parsing: $0) })
        {
            dates = (from, to)
        } else {
            dates = nil
        }
    }

    /// After "against": the period of the answer, or what was chosen where lines differ in it; nil for the one just before.
    func name(of trend: TrendData) -> String? {
        if let period = trend.period, let (from, to) = period.instants {
            return PlantClock(period.timezone, localisation).briefPeriod(from: from, to: to)
        }
        switch comparison {
        case .previous: return nil
        case .week: return localisation.text(.kpiWeekBefore)
        case .custom:
            return dates.map { dates in
                PlantClock(nil, localisation).briefPeriod(
                    from: Self.midnight(dates.from), to: Self.midnight(dates.to + 1))
            }
        }
    }

    /// Dates are those of each plant; on the clock of UTC they read as they were typed.
    private static func midnight(_ date: LocalDate) -> Date {
        Date(timeIntervalSince1970: Double(date.dayNumber) * 86_400)
    }
}

/// How a figure stands against an earlier period: an arrow, the difference, and the previous value.
struct TrendMark {
    let icon: String
    let direction: String
    let difference: String
    let versus: String
    /// `good`, `bad` or `neutral`.
    let tone: String

    /// Takes the difference (without its sign) and the previous value as they are read.
    init(_ trend: TrendData, difference: String, previous: String, against compared: ComparedPeriod) {
        let localisation = compared.localisation
        if let period = compared.name(of: trend) {
            versus = localisation.text(.kpiVersusPeriod, ["period": period, "previous": previous])
        } else {
            versus = localisation.text(.kpiVersus, ["previous": previous])
        }
        switch trend.good {
        case true?: tone = "good"
        case false?: tone = "bad"
        case nil: tone = "neutral"
        }
        switch trend.direction {
        case "up":
            icon = "arrow-up"
            direction = localisation.text(.kpiUp)
            self.difference = localisation.signed(difference, isNegative: false)
        case "down":
            icon = "arrow-down"
            direction = localisation.text(.kpiDown)
            self.difference = localisation.signed(difference, isNegative: true)
        default:
            icon = "arrow-flat"
            direction = ""
            self.difference = localisation.text(.kpiStable)
        }
    }
}
