/// What one line made, by product, as far as a figure is made of it.
struct ExplanationCounts {
    private let line: ExplanationReply.Line
    private let products: [ExplanationReply.Product]
    private let parts: (inPlan: TextKey, outside: TextKey)
    private let localisation: Localisation

    init(_ line: ExplanationReply.Line, of reply: ExplanationReply, _ localisation: Localisation) {
        self.line = line
        parts = reply.productionParts
        products = line.products ?? []
        self.localisation = localisation
    }

    private func name(_ product: ExplanationReply.Product) -> ExplanationTable.Cell {
        .text(product.productCode ?? "\(product.productId)")
    }

    private func number(_ count: Int) -> ExplanationTable.Cell {
        .number(localisation.integer(Double(count)))
    }

    private func units(
        _ product: ExplanationReply.Product, _ type: String, _ amount: (ExplanationReply.Count) -> Int
    ) -> Int {
        (line.counts ?? []).lazy.filter { $0.productId == product.productId && $0.areaType == type }
            .reduce(0) { $0 + amount($1) }
    }

    private func table(
        _ id: String, _ title: TextKey, _ columns: [TextKey], rows: [ExplanationTable.Row],
        sum: [ExplanationTable.Cell]
    ) -> ExplanationTable {
        ExplanationTable(
            id, localisation.text(title),
            head: [.text(localisation.text(.explainProduct))] + columns.map { .number(localisation.text($0)) },
            rows: rows, sum: .init(head: .text(localisation.text(.explainTotal)), cells: sum),
            emptyText: localisation.text(.explainNoUnits))
    }

    /// Units by the rate at which they should have been made, and the time that comes to.
    var rates: ExplanationTable {
        let rows = products.flatMap { product in
            product.rates.filter { $0.produced > 0 }.map { rating in
                let rate = (rating.productRatePerMinute ?? rating.lineRatePerMinute).map { rate in
                    localisation.text(
                        .explainPerMinute,
                        ["n": localisation.decimal(rate, digits: rate == rate.rounded() ? 0 : 2)])
                }
                return ExplanationTable.Row(
                    head: name(product),
                    cells: [
                        number(rating.produced), .number(rate ?? Localisation.noValue),
                        .number(rating.idealSeconds.map(localisation.exactTime) ?? Localisation.noValue),
                    ])
            }
        }
        return table(
            "rates", .explainRatesTitle, [.explainProduced, .explainRate, .explainIdeal], rows: rows,
            sum: [
                number(line.figures.produced), .text(""),
                .number(line.figures.idealSeconds.map(localisation.exactTime) ?? Localisation.noValue),
            ])
    }

    /// What entered and what left in planned time.
    var entered: ExplanationTable {
        let rows = products.compactMap { product -> ExplanationTable.Row? in
            let entered = units(product, "input") { $0.inPlan }
            let left = units(product, "output") { $0.inPlan }
            guard entered + left > 0 else { return nil }
            return .init(head: name(product), cells: [number(entered), number(left)])
        }
        return table(
            "entered", .explainQualityTitle, [.explainEntered, .explainGood], rows: rows,
            sum: [number(line.figures.produced), number(line.figures.good)])
    }

    /// What left, in planned time and outside it.
    var made: ExplanationTable {
        let rows = products.compactMap { product -> ExplanationTable.Row? in
            let total = units(product, "output") { $0.total }
            let inPlan = units(product, "output") { $0.inPlan }
            guard total > 0 else { return nil }
            return .init(head: name(product), cells: [number(inPlan), number(total - inPlan), number(total)])
        }
        return table(
            "made", .explainMadeTitle, [parts.inPlan, parts.outside, .explainTotal], rows: rows,
            sum: [
                number(line.figures.good), number(line.figures.unplannedProduction),
                number(line.figures.totalProduction),
            ])
    }

    /// What left, by the weight that held; in the chosen shift alone where it is of that.
    func weights(ofShift: Bool) -> ExplanationTable {
        var kilograms = 0.0
        let rows = products.flatMap { product in
            product.weights.compactMap { weighing -> ExplanationTable.Row? in
                let output = ofShift ? weighing.inShift ?? 0 : weighing.output
                guard output > 0 else { return nil }
                let weight = Double(output) * weighing.weightKg
                kilograms += weight
                return ExplanationTable.Row(
                    head: name(product),
                    cells: [
                        number(output), .number(localisation.exactWeight(weighing.weightKg)),
                        .number(localisation.kilograms(weight)),
                    ])
            }
        }
        return table(
            "weights", .explainWeightsTitle,
            [ofShift ? .productionInShift : .explainUnits, .explainUnitWeight, .explainWeight], rows: rows,
            sum: [
                number(ofShift ? line.figures.good : line.figures.totalProduction), .text(""),
                .number(localisation.kilograms(ofShift ? kilograms : line.figures.weightKg)),
            ])
    }
}
