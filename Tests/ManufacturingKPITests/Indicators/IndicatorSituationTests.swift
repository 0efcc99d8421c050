import ManufacturingKPI
import Shared
import Testing

@Suite("Indicators: the table of situations")
struct IndicatorSituationTests {
    struct Situation: CustomTestStringConvertible {
        var testDescription: String
        var line: FiguresExample
        var availability: Double?
        var performance: Double?
        var quality: Double?
        var oee: Double?
        var flags: IndicatorFlags

        init(
            _ name: String, _ line: FiguresExample, _ availability: Double?, _ performance: Double?,
            _ quality: Double?, _ oee: Double?, _ flags: IndicatorFlags
        ) {
            testDescription = name
            self.line = line
            self.availability = availability
            self.performance = performance
            self.quality = quality
            self.oee = oee
            self.flags = flags
        }
    }

    static func changed(
        _ input: Int, _ output: Int, _ change: (inout FiguresExample) -> Void = { _ in }
    ) -> FiguresExample {
        var line = FiguresExample(input: input, output: output)
        change(&line)
        return line
    }

    static let situations: [Situation] = [
        Situation(
            "nothing planned", changed(0, 0) { $0.stops.planned = [] }, nil, nil, nil, nil, [.noPlannedTime]),
        Situation(
            "nothing planned, but made",
            changed(5, 9) {
                $0.stops.planned = []
                $0.rate = nil
            }, nil, nil, nil, nil, [.noPlannedTime, .productionOutsidePlan]),
        Situation(
            "planned, nothing detected, stops found",
            changed(0, 0) { $0.stops.detectsStops = true }, 0, nil, nil, 0, [.noDetections, .qualityNotMeasured]),
        Situation(
            "the same without a rate",
            changed(0, 0) {
                $0.stops.detectsStops = true
                $0.rate = nil
            }, 0, nil, nil, 0, [.noDetections, .qualityNotMeasured, .noNominalRate]),
        Situation(
            "planned, nothing detected, stops not found", changed(0, 0), 1, 0, nil, 0,
            [.noDetections, .qualityNotMeasured]),
        Situation(
            "the same without a rate", changed(0, 0) { $0.rate = nil }, 1, nil, nil, nil,
            [.noDetections, .qualityNotMeasured, .noNominalRate]),
        Situation(
            "a rate of zero is unknown", changed(10, 10) { $0.rate = 0 }, 1, nil, 1, nil, [.noNominalRate]),
        Situation(
            "no running time", changed(10, 10) { $0.stop(from: clock(6), minutes: 480) }, 0, nil, 1, 0, []),
        Situation(
            "not dual", changed(0, 2_400) { $0.isDual = false }, 1, 0.5, nil, 0.5, [.qualityNotMeasured]),
        Situation(
            "no rate but of the product made",
            changed(2_400, 2_400) {
                $0.rate = nil
                $0.products = [ProductTerms(product: ProductID(1), idealRate: EffectiveDated(always: 10))]
            }, 1, 0.5, 1, 0.5, []),
        Situation(
            "a product made that has neither rate",
            changed(2_400, 2_400) {
                $0.rate = nil
                $0.units.append((.input, 2, 430, 1))
                $0.units.append((.output, 2, 430, 1))
                $0.products = [ProductTerms(product: ProductID(1), idealRate: EffectiveDated(always: 10))]
            }, 1, nil, 1, nil, [.noNominalRate]),
        Situation(
            "no rate and stopped all along",
            changed(10, 10) {
                $0.rate = nil
                $0.stop(from: clock(6), minutes: 480)
            }, 0, nil, 1, 0, [.noNominalRate]),
        Situation("input missing", changed(0, 10), 1, 0, nil, 0, [.inputMissing]),
        Situation("quality over one", changed(2_400, 2_500), 1, 0.5, 1, 0.5, [.qualityOverOne]),
        Situation("performance over one", changed(9_600, 4_800), 1, 1, 0.5, 0.5, [.performanceOverOne]),
        Situation(
            "continuous", changed(2_400, 2_400) { $0.isContinuous = true }, 1, 0.5, 1, 0.5, [.continuousSchedule]),
        Situation(
            "made outside the plan", changed(2_400, 2_400) { $0.units.append((.output, 1, 60, 3)) }, 1, 0.5, 1, 0.5,
            [.productionOutsidePlan]),
    ]

    @Test(arguments: situations)
    func situation(_ expected: Situation) throws {
        let figures = try expected.line.figures
        for (figure, value) in [
            (figures.availability, expected.availability), (figures.performance, expected.performance),
            (figures.quality, expected.quality), (figures.oee, expected.oee),
        ] {
            #expect(value.map { figure.isAbout($0) } ?? (figure.value == nil), "\(figure) instead of \(value as Any)")
        }
        #expect(figures.flags == expected.flags, "\(figures.flags.names)")
        #expect(LineIndicators.combine([figures]) == figures)
        #expect(figures.sums.totalProduction == figures.sums.good + figures.sums.unplannedProduction)
    }

    @Test("Values cut to 1 keep the raw ones beside them")
    func rawValues() throws {
        #expect(try Self.changed(2_400, 3_000).figures.rawQuality == .value(1.25))
        #expect(try Self.changed(9_600, 4_800).figures.rawPerformance == .value(2))
    }

    @Test("With nothing planned all quotients are undefined and seconds and counts stay numbers")
    func nothingPlanned() throws {
        let figures = try Self.changed(5, 9) { $0.stops.planned = [] }.figures
        for figure in [
            figures.teep, figures.rawPerformance, figures.rawQuality, figures.meanStop, figures.meanTimeBetweenStops,
            figures.weightEfficiency,
        ] {
            #expect(figure == .undefined(.noPlannedTime))
        }
        #expect(figures.idealSeconds == .value(0))
        #expect(figures.sums.totalProduction == 9 && figures.sums.unplannedProduction == 9)
    }
}
