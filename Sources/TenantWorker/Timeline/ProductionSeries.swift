import ManufacturingKPI
import Shared

/// Which detections count as units.
struct UnitSelection: Sendable {
    /// Only these areas count; nil: those whose units are output.
    var areas: Set<AreaID>?
    /// Only these products count; nil: all.
    var products: Set<ProductID>?

    var isFiltering: Bool { areas != nil || products != nil }

    func includes(_ series: MinuteSeries) -> Bool {
        if let products, !products.contains(series.product) { return false }
        if let areas { return areas.contains(series.area) }
        return series.areaType == .output
    }

    /// The areas of a line whose detections are units.
    func areas(of line: LineID, _ model: PlantModel) -> [AreaID] {
        areas.map { $0.sorted() } ?? model.areas(of: line).filter { $0.type == .output }.map(\.id)
    }
}

/// Units per bucket of time and per product, area or line.
struct ProductionSeries {
    let grid: BucketGrid
    /// By id, 0 where nothing is split, in the order of first appearance; each as long as the grid.
    private(set) var series: [(id: Int64, counts: [Int])] = []

    init(_ size: BucketSize, of questions: [LineQuestion], split: ProductionSplit, _ selection: UnitSelection) throws {
        grid = BucketGrid(size, over: questions.map { (zone: $0.zone, interval: $0.extent) })
        for (question, column) in zip(questions, grid.columns) {
            let counts = question.facts.counts
            if split == .line { _ = position(of: question.line.id.rawValue) }
            let counted = try CountedBuckets(question.time.all, over: column.buckets, counts: counts)
            for (index, minutes) in counts.series.enumerated() where Self.counts(minutes, split, selection) {
                let position = position(of: Self.id(of: minutes, split, question))
                counted.add(index, of: counts, to: &series[position].counts, at: column.places)
            }
        }
        switch split {
        case .product, .area: series.removeAll { series in series.counts.allSatisfy { $0 == 0 } }
        case .line: break
        case .none: _ = position(of: 0)
        }
    }

    /// A split by area is about every area, whatever its units are.
    private static func counts(_ series: MinuteSeries, _ split: ProductionSplit, _ selection: UnitSelection) -> Bool {
        if split == .area, selection.areas == nil {
            return selection.products.map { $0.contains(series.product) } ?? true
        }
        return selection.includes(series)
    }

    private static func id(of series: MinuteSeries, _ split: ProductionSplit, _ question: LineQuestion) -> Int64 {
        switch split {
        case .product: series.product.rawValue
        case .area: series.area.rawValue
        case .line: question.line.id.rawValue
        case .none: 0
        }
    }

    private mutating func position(of id: Int64) -> Int {
        if let known = series.firstIndex(where: { $0.id == id }) { return known }
        series.append((id, [Int](repeating: 0, count: grid.count)))
        return series.count - 1
    }

    /// Units per bucket over all of them.
    var totals: [Int] {
        var totals = [Int](repeating: 0, count: grid.count)
        for series in series {
            for place in totals.indices { totals[place] += series.counts[place] }
        }
        return totals
    }
}

extension LineQuestion {
    /// The period and everything counted: a night shift taken whole may reach over the period's ends.
    var extent: Interval {
        Interval(
            start: min(period.interval.start, time.hull.start),
            end: max(period.interval.end, time.hull.end)
        )
    }
}
