import ManufacturingKPI
import Shared
import Testing

/// The rules told second by second, slowly, without any of the engine's types of stops.
struct PlainStops {
    struct Piece: Equatable {
        var start: Int64
        var end: Int64
        var planned: Int64
        var isRegistered: Bool
        var isOngoing: Bool
        var kind: StopKind?
    }

    var pieces: [Piece] = []

    /// All in seconds of the example's day. `versions` ascend, the first is valid since ever.
    init(
        detections all: [Int64], versions: [(from: Int64, threshold: Int64, micro: Int64?)], detects: Bool,
        commissioned: Int64, decommissioned: Int64?, registered: [(start: Int64, end: Int64?)],
        isPlanned: (Int64) -> Bool, now: Int64, whatIf: Int64?
    ) {
        func version(_ second: Int64) -> (threshold: Int64, micro: Int64?) {
            let found = versions.last { $0.from <= second } ?? versions[0]
            return (whatIf ?? found.threshold, found.micro)
        }
        let detections = all.filter { $0 <= now }.sorted()
        // Every pair of neighbours, duplicates included, with the two open ends.
        var gaps: [(start: Int64, end: Int64, isOpen: Bool)] = []
        if let first = detections.first {
            if commissioned < first { gaps.append((commissioned, first, false)) }
            for (left, right) in zip(detections, detections.dropFirst()) { gaps.append((left, right, false)) }
            gaps.append((detections[detections.count - 1], now, true))
        } else if commissioned < now {
            gaps.append((commissioned, now, true))
        }
        var runs: [(start: Int64, end: Int64, isOngoing: Bool)] = []
        var wasStop = false
        for gap in gaps {
            let isStop = gap.end - gap.start > version(gap.start).threshold
            if isStop && wasStop {
                runs[runs.count - 1].end = gap.end
                runs[runs.count - 1].isOngoing = gap.isOpen
            } else if isStop {
                runs.append((gap.start, gap.end, gap.isOpen))
            }
            wasStop = isStop
        }
        if !detects { runs = [] }
        if let decommissioned {
            runs = runs.filter { $0.start < decommissioned }
                .map { $0.end < decommissioned ? $0 : ($0.start, decommissioned, false) }
        }
        func isRegistered(_ second: Int64) -> Bool {
            registered.contains { $0.start <= second && second < ($0.end ?? Int64.max) }
        }
        func planned(_ start: Int64, _ end: Int64) -> Int64 {
            Int64((start..<end).count { isPlanned($0) })
        }
        for run in runs {
            var start: Int64?
            for second in run.start...run.end {
                let isMine = second < run.end && !isRegistered(second)
                if isMine && start == nil { start = second }
                if !isMine, let begun = start {
                    let length = planned(begun, second)
                    let (threshold, micro) = version(run.start)
                    let kind: StopKind? = length <= threshold ? nil : length <= micro ?? -1 ? .micro : .stop
                    pieces.append(
                        Piece(
                            start: begun, end: second, planned: length, isRegistered: false,
                            isOngoing: run.isOngoing && second == run.end, kind: kind))
                    start = nil
                }
            }
        }
        for stop in registered where stop.start < now {
            let isOngoing = stop.end.map { $0 > now } ?? true
            let end = isOngoing ? now : stop.end ?? now
            pieces.append(
                Piece(
                    start: stop.start, end: end, planned: planned(stop.start, end), isRegistered: true,
                    isOngoing: isOngoing, kind: .stop))
        }
        pieces.sort { $0.start < $1.start }
    }
}

@Suite("Stops: random cases against a slow second implementation")
struct StopPropertyTests {
    struct Case {
        var line: LineExample
        var plain: PlainStops
        var isPlanned: [Bool]
    }

    static let length: Int64 = 1_200

    static func random(seed: UInt64) -> Case {
        var random = SeededGenerator(seed: seed)
        var detections: [Int64] = []
        for _ in 0..<Int.random(in: 0...4, using: &random) {
            // Bursts, lone units and duplicates of an instant.
            var second = Int64.random(in: -50...Self.length + 50, using: &random)
            for _ in 0..<Int.random(in: 1...12, using: &random) {
                detections.append(second)
                second += [0, 1, 5, 10, 20, 21, 40, 41, 60, 90].randomElement(using: &random) ?? 0
            }
        }
        var versions: [(from: Int64, threshold: Int64, micro: Int64?)] = []
        for index in 0..<Int.random(in: 1...3, using: &random) {
            let threshold: Int64 = [10, 20, 40, 60].randomElement(using: &random) ?? 20
            let micro = Bool.random(using: &random) ? threshold + Int64.random(in: 1...60, using: &random) : nil
            versions.append((index == 0 ? Int64.min : Int64(index) * 300, threshold, micro))
        }
        var isPlanned: [Bool] = []
        var planned: [Interval] = []
        while isPlanned.count < Int(Self.length) {
            let count = min(Int.random(in: 1...300, using: &random), Int(Self.length) - isPlanned.count)
            let value = Bool.random(using: &random)
            if value { planned.append(span(at(Int64(isPlanned.count)), at(Int64(isPlanned.count + count)))) }
            isPlanned += [Bool](repeating: value, count: count)
        }
        let now = Int64.random(in: 1...Self.length, using: &random)
        let commissioned = Int64.random(in: 0...200, using: &random)
        let decommissioned =
            Int.random(in: 0..<4, using: &random) == 0 ? Int64.random(in: 201...Self.length, using: &random) : nil
        var registered: [(start: Int64, end: Int64?)] = []
        var cursor = Int64.random(in: 0...400, using: &random)
        while cursor < now && registered.count < 4 {
            let end = cursor + Int64.random(in: 1...100, using: &random)
            if Int.random(in: 0..<6, using: &random) == 0 {
                registered.append((cursor, nil))
                break
            }
            registered.append((cursor, end))
            cursor = end + Int64.random(in: 0...200, using: &random)
        }
        let detects = Int.random(in: 0..<10, using: &random) > 0
        let whatIf = Int.random(in: 0..<4, using: &random) == 0 ? Int64.random(in: 10...90, using: &random) : nil
        let from = Int64.random(in: 0..<Self.length, using: &random)
        let to = Int64.random(in: from...Self.length, using: &random)
        let line = LineExample(
            detections: detections.map { at($0) },
            versions: versions.map { version in
                (
                    version.from == Int64.min ? nil : at(version.from),
                    LineVersion(
                        ratePerMinute: nil, downtimeThreshold: seconds(version.threshold),
                        microStop: version.micro.map { seconds($0) })
                )
            },
            detectsStops: detects, commissionedAt: at(commissioned),
            decommissionedAt: decommissioned.map { at($0) },
            registered: registered.enumerated().map {
                RegisteredStop(
                    id: StopID(Int64($0.offset + 1)), start: at($0.element.start), end: $0.element.end.map { at($0) })
            },
            planned: planned, period: span(at(from), at(to)), now: at(now), threshold: whatIf.map { seconds($0) })
        let end = min(now, decommissioned ?? now)
        let known = isPlanned.indices.map { isPlanned[$0] && Int64($0) >= commissioned && Int64($0) < end }
        let plain = PlainStops(
            detections: detections, versions: versions, detects: detects, commissioned: commissioned,
            decommissioned: decommissioned, registered: registered,
            isPlanned: { known.indices.contains(Int($0)) && known[Int($0)] }, now: now, whatIf: whatIf)
        return Case(line: line, plain: plain, isPlanned: known)
    }

    @Test func agreesWithTheRulesToldPlainly() {
        for seed in UInt64(1)...6_000 {
            let example = Self.random(seed: seed)
            let line = example.line
            let from = line.period.start
            let to = line.period.end
            var expected = StopAnalysis()
            var listed: [PlainStops.Piece] = []
            for piece in example.plain.pieces {
                let inPeriod = (piece.start..<piece.end).count { second in
                    at(second) >= from && at(second) < to && second >= 0 && second < Self.length
                        && example.isPlanned[Int(second)]
                }
                guard inPeriod > 0 else { continue }
                expected.downtime += seconds(Int64(inPeriod))
                guard let kind = piece.kind else { continue }
                listed.append(piece)
                expected.totalDuration += seconds(piece.end - piece.start)
                if kind == .stop {
                    expected.stops += 1
                    expected.stopDowntime += seconds(Int64(inPeriod))
                } else {
                    expected.microStops += 1
                    expected.microStopDowntime += seconds(Int64(inPeriod))
                }
            }
            #expect(line.analysis == expected, "seed \(seed)")
            let stops = line.stops
            #expect(stops.map(\.interval) == listed.map { span(at($0.start), at($0.end)) }, "seed \(seed)")
            #expect(stops.map(\.isOngoing) == listed.map(\.isOngoing), "seed \(seed)")
            #expect(stops.map { $0.source == .registered } == listed.map(\.isRegistered), "seed \(seed)")
            #expect(stops.map(\.plannedDuration) == listed.map { seconds($0.planned) }, "seed \(seed)")
            #expect(stops.map { Optional($0.kind) } == listed.map(\.kind), "seed \(seed)")
        }
    }

    @Test("Downtime of two adjacent periods adds up, and the stops of a line are disjoint")
    func additiveAndDisjoint() {
        for seed in UInt64(10_000)...12_000 {
            var line = Self.random(seed: seed).line
            line.period = span(at(0), at(Self.length))
            let whole = line.analysis.downtime
            var random = SeededGenerator(seed: seed)
            let middle = at(0) + Int64.random(in: 0...seconds(Self.length), using: &random)
            let pieces =
                line.stops.map(\.interval) + line.timeline.remainders(planned: line.plannedInPeriod)
            let sum = pieces.reduce(0) { $0 + $1.length }
            #expect(IntervalSet(union: pieces).length == sum, "seed \(seed)")
            let category = DowntimeByCategory(line.timeline, planned: line.plannedInPeriod, categories: [:])
            #expect(category.total == whole && category.unexplained == whole, "seed \(seed)")
            line.period = span(at(0), middle)
            let left = line.analysis.downtime
            line.period = span(middle, at(Self.length))
            #expect(left + line.analysis.downtime == whole, "seed \(seed)")
        }
    }

    @Test("A timeline over a long span measures a part of it like one over that part only")
    func builtOnceOrPerBucket() {
        for seed in UInt64(20_000)...21_000 {
            var line = Self.random(seed: seed).line
            let part = line.period
            let expected = line.analysis
            line.period = span(at(-100), at(Self.length + 100))
            #expect(line.timeline.analysis(planned: line.ownPlanned.intersection(part)) == expected, "seed \(seed)")
        }
    }
}
