import ManufacturingKPI
import Shared
import Testing

@Suite("Indicators: worked examples and anchors")
struct IndicatorAnchorTests {
    @Test("The worked line L1")
    func worked() throws {
        var line = FiguresExample(input: 3_900, output: 3_744)
        line.stops.detectsStops = true
        line.stops.commissionedAt = clock(0)
        // A unit every minute but from 10:00 to 10:25.
        line.stops.detections = (0...1_440).filter { $0 <= 600 || $0 >= 625 }.map { clock(0, $0) }
        line.stops.now = clock(24)
        line.stops.registered = [
            RegisteredStop(id: StopID(1), start: clock(5, 40), end: clock(6, 20)),
            RegisteredStop(id: StopID(2), start: clock(13, 50), end: clock(14, 30)),
        ]
        line.products = [ProductTerms(product: ProductID(1), weight: EffectiveDated(always: 25_000))]
        let figures = try line.figures
        #expect(figures.sums.calendar == seconds(86_400))
        #expect(figures.sums.planned == seconds(28_800))
        #expect(figures.sums.downtime == seconds(3_300))
        #expect(figures.runtime == seconds(25_500))
        #expect(figures.sums.produced == 3_900 && figures.sums.good == 3_744 && figures.scrap == 156)
        #expect(figures.sums.totalProduction == 3_744 && figures.sums.unplannedProduction == 0)
        #expect(figures.weightKilograms == 93_600)
        #expect(figures.idealSeconds == .value(23_400))
        #expect(figures.availability == .value(425.0 / 480))
        #expect(figures.performance == .value(3_900.0 / 4_250))
        #expect(figures.rawPerformance == .value(3_900.0 / 4_250))
        #expect(figures.quality == .value(0.96) && figures.rawQuality == .value(0.96))
        #expect(figures.oee.isAbout(0.78))
        #expect(figures.teep.isAbout(0.26))
        #expect(figures.sums.stops == 3 && figures.sums.microStops == 0)
        #expect(figures.meanTimeBetweenStops == .value(8_500))
        #expect(figures.meanStop == .value(1_100))
        #expect(figures.flags.names.isEmpty)
        #expect(figures.weightEfficiency.isAbout(3_744.0 / 4_800))
        let waterfall = LossWaterfall(figures)
        #expect(waterfall.calendar - waterfall.notPlanned - waterfall.stopped == waterfall.running)
        #expect(waterfall.ideal == seconds(23_400) && waterfall.slower == seconds(2_100))
        #expect(waterfall.good == seconds(22_464) && waterfall.rejected == seconds(936))
        let category = DowntimeByCategory(line.facts.stops, planned: line.time.planned, categories: [:])
        #expect(category[.breakdown] == seconds(3_300) && category.total == seconds(3_300))
    }

    @Test func stoppedAllAlong() throws {
        var line = FiguresExample(input: 5, output: 5)
        line.stop(from: clock(6), minutes: 480)
        let figures = try line.figures
        #expect(figures.availability == .value(0) && figures.oee == .value(0))
        #expect(figures.performance == .undefined(.noRunningTime))
    }

    @Test func fullHour() throws {
        var line = FiguresExample(input: 120, output: 120)
        line.rate = 2
        line.stops.planned = [span(clock(7), clock(8))]
        let figures = try line.figures
        for figure in [figures.availability, figures.performance, figures.quality, figures.oee] {
            #expect(figure == .value(1))
        }
        #expect(figures.flags.names.isEmpty)
    }

    @Test func twoHalfLines() throws {
        var line = FiguresExample(input: 60, output: 60)
        line.rate = 2
        line.stops.planned = [span(clock(7), clock(8))]
        let total = LineIndicators.combine([try line.figures, try line.figures])
        #expect(total.performance == .value(0.5) && total.availability == .value(1) && total.oee == .value(0.5))
        #expect(total.sums.produced == 120)
    }

    @Test func tenInEightOut() throws {
        let figures = try FiguresExample(input: 10, output: 8).figures
        #expect(figures.quality == .value(0.8) && figures.scrap == 2)
    }

    @Test func threeLinesAFifthStopped() throws {
        var line = FiguresExample(input: 10, output: 10)
        line.stop(from: clock(8), minutes: 96)
        let total = LineIndicators.combine([try line.figures, try line.figures, try line.figures])
        #expect(total.availability == .value(0.8))
    }

    @Test("Scrap and raw quality of a total are on the sums, over dual lines")
    func totals() throws {
        let bad = try FiguresExample(input: 100, output: 80).figures
        let over = try FiguresExample(input: 100, output: 110).figures
        var single = FiguresExample(output: 500)
        single.isDual = false
        let total = LineIndicators.combine([bad, over, try single.figures])
        #expect(total.scrap == 10)
        #expect(total.rawQuality == .value(0.95))
        // 600 s each of the dual lines and 3 000 s of the other: Q 0.8, 1 and 1.
        #expect(total.quality.isAbout((600 * 0.8 + 600 + 3_000) / 4_200))
        #expect(total.flags == [.qualityOverOne, .qualityNotMeasured])
    }

    @Test("A total without rates takes quality from the sums; one of lines without measure has none")
    func totalsWithoutRates() throws {
        var bad = FiguresExample(input: 100, output: 80)
        bad.rate = nil
        var fine = FiguresExample(input: 300, output: 300)
        fine.rate = nil
        let total = LineIndicators.combine([try bad.figures, try fine.figures])
        #expect(total.quality == .value(0.95))
        #expect(total.performance == .undefined(.noNominalRate) && total.oee == .undefined(.noNominalRate))
        #expect(total.idealSeconds == .undefined(.noNominalRate))
        #expect(LossWaterfall(total).ideal == nil)
        var rated = FiguresExample(output: 100)
        rated.isDual = false
        // Taken from the only line with a rate, which does not measure it.
        let mixed = LineIndicators.combine([try rated.figures, try bad.figures])
        #expect(mixed.quality == .undefined(.qualityNotMeasured))
        #expect(mixed.rawQuality == .value(0.8))
        #expect(mixed.performance.isAbout(600.0 / 28_800))
    }

    @Test("A total of one line is that line, and one of none has nothing planned")
    func smallTotals() throws {
        let line = try FiguresExample(input: 97, output: 89).figures
        #expect(LineIndicators.combine([line]) == line)
        #expect(LineIndicators.combine([]).oee == .undefined(.noPlannedTime))
        #expect(LineIndicators.combine([]).flags == [.noPlannedTime])
    }

    @Test("Ideal rates and weights hold from their date; a product's rate overrides the line's")
    func effectiveDating() throws {
        var line = FiguresExample()
        line.isDual = false
        line.units = [(.output, 1, 420, 60), (.output, 1, 540, 60), (.output, 2, 540, 30)]
        line.products = [
            ProductTerms(
                product: ProductID(1),
                weight: EffectiveDated([(validFrom: nil, value: 1_000), (validFrom: clock(8), value: 3_000)]),
                idealRate: EffectiveDated([(validFrom: clock(8), value: 20)])),
            ProductTerms(product: ProductID(2), weight: EffectiveDated([(validFrom: clock(10), value: 7)])),
        ]
        let figures = try line.figures
        #expect(figures.weightKilograms == 240)
        #expect(figures.idealSeconds == .value(360 + 180 + 180))
        line.rate = nil
        #expect(try line.figures.idealSeconds == .undefined(.noNominalRate))
        line.stops.versions = [
            (nil, LineVersion(ratePerMinute: 6, downtimeThreshold: seconds(300))),
            (clock(9), LineVersion(ratePerMinute: 30, downtimeThreshold: seconds(300))),
        ]
        #expect(try line.figures.idealSeconds == .value(600 + 180 + 60))
    }

    @Test("A weight or rate that begins within a minute is counted exactly")
    func versionWithinAMinute() throws {
        var line = FiguresExample()
        line.isDual = false
        line.units = [(.output, 1, 420, 60), (.output, 1, 421, 6)]
        line.stops.versions = [
            (nil, LineVersion(ratePerMinute: 60, downtimeThreshold: seconds(300))),
            (clock(7, 0, 40), LineVersion(ratePerMinute: 30, downtimeThreshold: seconds(300))),
        ]
        line.products = [
            ProductTerms(
                product: ProductID(1),
                weight: EffectiveDated([(validFrom: nil, value: 100), (validFrom: clock(7, 0, 20), value: 1_000)]))
        ]
        let stretches = LineCounts.cutMinutes(
            of: line.time, lineChanges: [clock(7, 0, 40)], products: line.products)
        #expect(
            stretches == [
                span(clock(7), clock(7, 0, 40)), span(clock(7, 0, 40), clock(7, 1)),
                span(clock(7), clock(7, 0, 20)), span(clock(7, 0, 20), clock(7, 1)),
            ])
        line.cuts = zip(stretches, [50, 10, 20, 40]).map { CutMinute(stretch: $0, counts: [$1]) }
        let figures = try line.figures
        #expect(figures.sums.weightGrams == 20 * 100 + 46 * 1_000)
        #expect(figures.idealSeconds == .value(50 + 2 * 16))
        line.stops.versions.removeLast()
        line.products = []
        #expect(LineCounts.cutMinutes(of: line.time, lineChanges: [], products: []).isEmpty)
    }

    @Test("A total is over one where its sums are, though none of its lines is")
    func flagsOfATotal() throws {
        var fine = FiguresExample(input: 10, output: 10)
        fine.rate = nil
        var withoutInput = FiguresExample(output: 5)
        withoutInput.rate = nil
        let qualities = LineIndicators.combine([try fine.figures, try withoutInput.figures])
        #expect(qualities.quality == .value(1) && qualities.rawQuality == .value(1.5))
        #expect(qualities.flags == [.noNominalRate, .inputMissing, .qualityOverOne])
        var stopped = FiguresExample(input: 6_000, output: 6_000)
        stopped.stop(from: clock(6), minutes: 480)
        let slow = try FiguresExample(input: 100, output: 100).figures
        let performances = LineIndicators.combine([try stopped.figures, slow])
        #expect(performances.performance.isAbout(600.0 / 28_800))
        #expect(performances.rawPerformance.isAbout(36_600.0 / 28_800))
        #expect(performances.flags == [.performanceOverOne])
        #expect(LineIndicators.combine([slow, slow]).flags.isEmpty)
    }

    @Test("A shift selected counts production inside its instances, a whole night beyond the day")
    func shiftSelected() throws {
        var line = FiguresExample()
        line.isDual = false
        line.units = [(.output, 1, 60, 3), (.output, 1, 1_350, 5), (.output, 1, 1_380, 7), (.output, 1, 1_500, 11)]
        line.stops.planned = [span(clock(22), clock(23)), span(clock(23, 30), clock(30))]
        line.products = [
            ProductTerms(
                product: ProductID(1),
                weight: EffectiveDated([(validFrom: nil, value: 1_000), (validFrom: clock(22, 45), value: 2_000)]))
        ]
        // All of the day over its 90 planned minutes; then what the shift made over its 450.
        #expect(try line.figures.weightEfficiency.isAbout(15.0 / 900))
        line.instances = IntervalSet(span(clock(22), clock(30)))
        let figures = try line.figures
        #expect(figures.weightEfficiency.isAbout(23.0 / 4_500))
        #expect(figures.sums.ratedGrams == 5 * 1_000 + 18 * 2_000 && figures.sums.weightGrams == 44_000)
        #expect(figures.sums.good == 23)
        #expect(figures.sums.totalProduction == 26 && figures.sums.unplannedProduction == 3)
        #expect(figures.sums.planned == seconds(27_000))
        #expect(figures.sums.calendar == seconds(86_400))
        #expect(figures.flags.contains(.productionOutsidePlan))
    }

    @Test("Cut minutes are counted exactly, and asked for when they are missing")
    func cutMinutes() throws {
        var line = FiguresExample()
        line.isDual = false
        line.units = [(.output, 1, 420, 60), (.output, 1, 421, 10), (.output, 1, 422, 60)]
        line.stops.period = span(clock(7, 0, 30), clock(7, 2, 15))
        let stretches = LineCounts.cutMinutes(of: line.stops.period)
        #expect(stretches == [span(clock(7, 0, 30), clock(7, 1)), span(clock(7, 2), clock(7, 2, 15))])
        #expect(throws: CountsFault.missingCutMinute(stretches[0])) { try line.figures }
        line.cuts = [CutMinute(stretch: stretches[0], counts: [31]), CutMinute(stretch: stretches[1], counts: [14])]
        #expect(try line.figures.sums.totalProduction == 55)
        let inside = span(clock(7, 0, 10), clock(7, 0, 20))
        #expect(LineCounts.cutMinutes(of: inside) == [inside])
        #expect(LineCounts.cutMinutes(of: span(clock(7), clock(8))).isEmpty)
        #expect(LineCounts.cutMinutes(of: span(clock(7), clock(7, 0, 1))) == [span(clock(7), clock(7, 0, 1))])
    }

    @Test("Micro-stops are in neither mean")
    func means() throws {
        var line = FiguresExample(input: 10, output: 10)
        line.stops.detectsStops = true
        line.stops.commissionedAt = clock(6)
        line.stops.versions[0].value.microStop = seconds(400)
        line.stops.detections =
            stride(from: Int64(360), through: 840, by: 1).filter {
                !(421...425).contains($0) && !(500...519).contains($0)
            }
            .map { clock(0, $0) }
        line.stops.now = clock(14)
        let figures = try line.figures
        #expect(figures.sums.microStops == 1 && figures.sums.stops == 1)
        #expect(figures.meanStop == .value(21 * 60))
        #expect(figures.meanTimeBetweenStops == .value(Double((480 - 21 - 6) * 60)))
    }

    @Test func categories() throws {
        var line = FiguresExample()
        line.stop(from: clock(7), minutes: 10)
        line.stop(from: clock(8), minutes: 20)
        line.stops.registered[0].cause = StopCause(
            incident: IncidentID(4), reason: nil, justifiedBy: nil, justifiedAt: nil)
        var category = DowntimeByCategory(
            line.facts.stops, planned: line.time.planned, categories: [IncidentID(4): .material])
        #expect(category[.material] == seconds(600) && category[.breakdown] == seconds(1_200))
        #expect(category.unexplained == seconds(1_200))
        category += category
        #expect(category.total == seconds(3_600))
    }

    @Test func unobserved() throws {
        var line = FiguresExample(input: 1, output: 1)
        line.stop(from: clock(8), minutes: 20)
        line.unobserved = IntervalSet(span(clock(8, 10), clock(9)))
        #expect(try line.figures.sums.unobserved == seconds(600))
        #expect(try line.figures.flags == [.unobserved])
    }
}
