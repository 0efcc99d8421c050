package import Shared

/// What one line made of one product over a period.
package struct ProductFigures: Hashable, Sendable {
    package let product: ProductID
    /// Detections of it in every area, planned or not.
    package var detections = 0
    /// Detections of it in the series chosen, planned or not.
    package var units = 0
    /// Those of `units` in planned time.
    package var unitsInPlan = 0
    /// Grams of `units`, each by the weight valid when it was made.
    package var weightGrams: Int64 = 0
    /// Its part of PQ.
    package var produced = 0
    /// PRI × PQ in seconds; nil where at some instant neither it nor the line has a rate.
    package var ideal: Double?

    package init(product: ProductID) {
        self.product = product
    }
}

extension LineFacts {
    /// What the line made of each product, by product; those without any detection are left out.
    ///
    /// - Parameter isChosen: the series that count as `units`; the output of the line where nothing filters it.
    package func products(
        over time: LinePeriod, where isChosen: (MinuteSeries) -> Bool
    ) throws(CountsFault) -> [ProductFigures] {
        let countedTime = try CountedTime(time.counted, counts: counts)
        let allTime = try CountedTime(time.all, counts: counts)
        let quantity: AreaType = isDual ? .input : .output
        var figures: [ProductFigures] = []
        var quantities: [[Int]] = []
        for index in counts.series.indices {
            let series = counts.series[index]
            let all = allTime.detections(of: index, in: counts)
            guard all > 0 else { continue }
            let position: Int
            if let known = figures.firstIndex(where: { $0.product == series.product }) {
                position = known
            } else {
                position = figures.count
                figures.append(ProductFigures(product: series.product))
                quantities.append([])
            }
            figures[position].detections += all
            let inPlan = countedTime.detections(of: index, in: counts)
            if isChosen(series) {
                figures[position].units += all
                figures[position].unitsInPlan += inPlan
                figures[position].weightGrams += try LineCounting.grams(
                    of: index, total: all, weight: terms(of: series.product).weight, counts: counts, set: time.all)
            }
            if series.areaType == quantity {
                figures[position].produced += inPlan
                quantities[position].append(index)
            }
        }
        for position in figures.indices {
            figures[position].ideal = try idealSeconds(
                figures[position].produced, of: figures[position].product, quantities[position], time, countedTime)
        }
        return figures.sorted { $0.product < $1.product }
    }

    private func terms(of product: ProductID) -> ProductTerms {
        products.first { $0.product == product } ?? ProductTerms(product: product)
    }

    private func idealSeconds(
        _ produced: Int, of product: ProductID, _ series: [Int], _ time: LinePeriod, _ counted: CountedTime
    ) throws(CountsFault) -> Double? {
        let terms = terms(of: product)
        let hull = time.hull
        let changes = settings.versions.changes(within: hull) + terms.idealRate.changes(within: hull)
        var seconds = 0.0
        for piece in hull.split(at: changes) {
            guard let rate = terms.knownRate(at: piece.start) ?? settings.version(at: piece.start).knownRate else {
                return nil
            }
            if changes.isEmpty { return Double(60 * produced) / rate }
            let part = try CountedTime(time.counted.intersection(piece), counts: counts)
            let units = series.reduce(0) { $0 + part.detections(of: $1, in: counts) }
            seconds += Double(60 * units) / rate
        }
        return seconds
    }
}
