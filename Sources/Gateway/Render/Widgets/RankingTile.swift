import Shared

/// The products by output, with what changed against the period before.
struct RankingTile: TileContent {
    struct Row {
        let rank: String
        let name: String
        let color: String?
        let units: String
        let share: String
        let weight: String
        let trend: TrendMark?
        let values: Values
    }

    /// The numbers behind a row as a file has them: units, ratios and kilograms; empty where there are none.
    struct Values {
        let units: String
        let share: String
        let weight: String
        let change: String

        init(_ item: ProductAmountsData.Item) {
            units = item.units.shortText
            share = item.share?.shortText ?? ""
            weight = item.weightKilograms.shortText
            change = item.trend.flatMap { $0.previous > 0 ? ($0.difference / $0.previous).shortText : nil } ?? ""
        }
    }

    let summary: String?
    let empty: EmptyTile?
    /// The head of the changes: what they are against.
    let change: String
    let rows: [Row]

    init(_ data: ProductAmountsData, _ context: TileContext) {
        let (localisation, compared) = (context.localisation, context.compared)
        summary = localisation.text(.productSummary, ["units": localisation.integer(data.totalUnits)])
        let trend = data.items.lazy.compactMap(\.trend).first
        if let period = trend.flatMap({ compared.name(of: $0) }) {
            change = localisation.text(.productChangeAgainst, ["period": period])
        } else {
            change = localisation.text(trend == nil ? .productChange : .productChangeBefore)
        }
        let all = data.items.enumerated().map { place, item in
            (
                code: item.productCode,
                row: Row(
                    rank: "\(item.rank ?? place + 1)",
                    name: item.shownName,
                    color: ProductColor.safe(item.color),
                    units: localisation.integer(item.units),
                    share: item.share.map(localisation.percent) ?? Localisation.noValue,
                    weight: localisation.kilograms(item.weightKilograms),
                    trend: item.trend.map { TrendMark(amount: $0, against: compared) { localisation.integer($0) } },
                    values: Values(item)
                )
            )
        }
        rows = context.found(in: all) { code, row in
            [row.rank, row.name, code, row.units, row.share, row.weight, row.trend?.difference]
        }.map(\.row)
        if all.isEmpty {
            empty = EmptyTile(icon: "box", text: localisation.text(.chartEmpty))
        } else {
            empty = rows.isEmpty ? context.nothingFound : nil
        }
    }
}
