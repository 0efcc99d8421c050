import Shared

/// The figures of one line over a period, or of several lines together. Times in microseconds unless named otherwise.
package struct LineIndicators: Hashable, Sendable {
    /// Calendar, planned and stopped time, units, weight and stops.
    package let sums: IndicatorSums
    /// Cut to 0…1.
    package let availability: Figure
    /// Cut to 0…1.
    package let performance: Figure
    /// Cut to 0…1; undefined counts as 1 in `oee`.
    package let quality: Figure
    package let oee: Figure
    package let teep: Figure
    package let rawPerformance: Figure
    package let rawQuality: Figure
    /// MTBF in seconds.
    package let meanTimeBetweenStops: Figure
    /// MTTR in seconds.
    package let meanStop: Figure
    package let flags: IndicatorFlags

    /// The time run: planned and not stopped (APT).
    package var runtime: Int64 { sums.runtime }
    /// Units that entered dual lines and did not come out good.
    package var scrap: Int { Scrap.units(sums) }
    /// Kilograms of the total production.
    package var weightKilograms: Double { Double(sums.weightGrams) / 1_000 }
    /// Σ PRI × PQ in seconds over lines with a rate; undefined when there is none and time was planned.
    package var idealSeconds: Figure {
        sums.ratedLines > 0 || sums.planned == 0 ? .value(sums.ideal) : .undefined(.noNominalRate)
    }
    /// Real over nominal output weight.
    package var weightEfficiency: Figure { WeightEfficiency.figure(sums) }

    private init(sums: IndicatorSums, flags: IndicatorFlags) {
        self.sums = sums
        self.flags = flags
        availability = Availability.figure(sums)
        performance = Performance.figure(sums).clamped
        quality = Quality.figure(sums)
        oee = OverallEquipmentEffectiveness.figure(
            availability: availability, performance: performance, quality: quality)
        teep = TotalEffectiveEquipmentPerformance.figure(effectiveness: oee, sums)
        rawPerformance = Performance.raw(sums)
        rawQuality = Quality.raw(sums)
        meanTimeBetweenStops = MeanTimeBetweenStops.figure(sums)
        meanStop = MeanStop.figure(sums)
    }

    /// The figures of one line.
    ///
    /// - Throws: when the period cuts a minute whose exact counts are missing.
    package init(of facts: LineFacts, over time: LinePeriod) throws(CountsFault) {
        let counting = try LineCounting(facts, time)
        let stops = facts.stops.analysis(planned: time.planned)
        var sums = IndicatorSums()
        sums.lines = 1
        sums.calendar = time.period.length
        sums.planned = time.planned.length
        sums.downtime = stops.downtime
        sums.stops = stops.stops
        sums.microStops = stops.microStops
        sums.stopDowntime = stops.stopDowntime
        if !facts.unobserved.isEmpty {
            sums.unobserved =
                facts.stops.stopped.intersection(time.planned).intersection(facts.unobserved).length
        }
        sums.produced = counting.produced
        sums.good = counting.good
        sums.totalProduction = counting.totalProduction
        sums.unplannedProduction = counting.totalProduction - counting.good
        sums.weightGrams = counting.grams
        let quality = Quality.ofLine(isDual: facts.isDual, produced: counting.produced, good: counting.good)
        if facts.isDual {
            sums.dualProduced = counting.produced
            sums.dualGood = counting.good
            if counting.produced == 0 && counting.good > 0 { sums.dualLinesWithoutInput = 1 }
        }
        if let ideal = counting.ideal {
            sums.ratedLines = 1
            sums.ratedRuntime = sums.runtime
            sums.ideal = ideal
            sums.idealRunning = min(ideal, sums.runtime.seconds)
            sums.idealGood = sums.idealRunning * (quality ?? 1)
            if sums.idealRunning > 0 && quality != nil { sums.measuredRatedLines = 1 }
        } else if sums.planned > 0 {
            sums.unratedPlannedLines = 1
        }
        if sums.planned > 0 {
            if quality != nil { sums.measuredLines = 1 }
            if let nominal = counting.nominalGrams(), nominal > 0 {
                sums.nominalGrams = nominal
                sums.ratedGrams = counting.weighed.grams
            }
        }
        self.init(sums: sums, flags: Self.flags(of: facts, sums, counting))
    }

    /// The figures of several lines: sums first, never an average of quotients. Of none: nothing planned.
    package static func combine(_ lines: [LineIndicators]) -> LineIndicators {
        var sums = IndicatorSums()
        var flags: IndicatorFlags = []
        for line in lines {
            sums += line.sums
            flags.formUnion(line.flags)
        }
        if sums.planned == 0 { flags.insert(.noPlannedTime) }
        let total = LineIndicators(sums: sums, flags: flags)
        // Units of a line without input, or of one that never ran, may bring the sums over one where no line is.
        if let quality = total.rawQuality.value, quality > 1 { flags.insert(.qualityOverOne) }
        if let performance = total.rawPerformance.value, performance > 1 { flags.insert(.performanceOverOne) }
        return total.adding(flags)
    }

    /// The same figures with more to say about them.
    package func adding(_ more: IndicatorFlags) -> LineIndicators {
        LineIndicators(sums: sums, flags: flags.union(more))
    }

    private static func flags(
        of facts: LineFacts, _ sums: IndicatorSums, _ counting: LineCounting
    ) -> IndicatorFlags {
        var flags: IndicatorFlags = []
        if facts.isContinuous { flags.insert(.continuousSchedule) }
        if sums.unplannedProduction > 0 { flags.insert(.productionOutsidePlan) }
        guard sums.planned > 0 else { return flags.union(.noPlannedTime) }
        if !counting.hasDetections { flags.insert(.noDetections) }
        if !facts.isDual || (sums.produced == 0 && sums.good == 0) { flags.insert(.qualityNotMeasured) }
        if sums.dualLinesWithoutInput > 0 { flags.insert(.inputMissing) }
        if facts.isDual && sums.produced > 0 && sums.good > sums.produced { flags.insert(.qualityOverOne) }
        if sums.unobserved > 0 { flags.insert(.unobserved) }
        if sums.ratedLines == 0 {
            flags.insert(.noNominalRate)
        } else if sums.runtime > 0 && sums.ideal > sums.runtime.seconds {
            flags.insert(.performanceOverOne)
        }
        return flags
    }
}
