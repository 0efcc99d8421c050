/// How a figure stands against the period before: an arrow, the difference, and the previous value.
struct TrendMark {
    let icon: String
    let direction: String
    let difference: String
    let versus: String
    /// `good`, `bad` or `neutral`.
    let tone: String

    /// Takes the difference (without its sign) and the previous value as they are read.
    init(_ trend: TrendData, difference: String, previous: String, _ localisation: Localisation) {
        versus = localisation.text(.kpiVersus, ["previous": previous])
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
