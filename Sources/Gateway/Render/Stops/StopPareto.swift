import Shared

/// The downtime by category of loss, the most first, each with the failures it is made of.
struct StopPareto {
    struct Bar {
        let name: String
        let duration: String
        let share: String
        /// Of the longest bar, in hundredths.
        let length: String
        let count: String
        let failures: [Failure]
    }

    struct Failure {
        let name: String
        let duration: String
        let isUnexplained: Bool
    }

    let bars: [Bar]
    let isEmpty: Bool
    let total: String

    init(_ data: StopsParetoReply.Data, _ localisation: Localisation) {
        let shown = data.categories.filter { $0.downtimeSeconds > 0 }
        let longest = shown.map(\.downtimeSeconds).max() ?? 1
        bars = shown.map { category in
            Bar(
                name: LossCategory.name(category.category, localisation),
                duration: localisation.duration(seconds: category.downtimeSeconds),
                share: category.share.map(localisation.percent) ?? Localisation.noValue,
                length: "\(category.downtimeSeconds / longest * 100)",
                count: localisation.count(category.stops, one: .downtimeCountOne, other: .downtimeCountOther),
                failures: data.failures.filter { $0.category == category.category && $0.downtimeSeconds > 0 }.map {
                    Failure(
                        name: $0.failureName ?? localisation.text(.stopsUnexplained),
                        duration: localisation.duration(seconds: $0.downtimeSeconds),
                        isUnexplained: $0.failureName == nil
                    )
                }
            )
        }
        isEmpty = bars.isEmpty
        total = localisation.duration(seconds: data.downtimeSeconds)
    }
}
