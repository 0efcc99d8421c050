import ManufacturingKPI
import Shared
import Testing

@Suite("Stops: random edits")
struct StopEditsPropertyTests {
    static let length: Int64 = 4_000

    /// A line with a day's detections, edited as the product does: always to a stop that is there.
    struct Edited {
        var line: LineExample
        var facts = FactExample()
        var refused = 0

        var current: [ProjectedStop] { projected(facts.edits) }

        func projected(_ edits: StopEdits) -> [ProjectedStop] {
            var line = line
            line.registered = edits.registered
            line.removed = edits.removed
            line.causes = edits.causes
            return line.timeline.projected
        }

        func reference(_ stop: ProjectedStop) -> StopReference {
            StopReference(
                interval: stop.interval(now: line.now), isOngoing: stop.end == nil, origin: stop.origin, event: nil,
                cause: stop.cause)
        }

        /// One random edit, of which some are refused.
        mutating func edit(using random: inout SeededGenerator) {
            let cause = StatedCause(incident: IncidentID(Int64.random(in: 1...4, using: &random)))
            let stops = current.shuffled(using: &random)
            let start = at(Int64.random(in: 0..<length - 1, using: &random))
            let end = min(line.now, start + seconds(Int64.random(in: 1...600, using: &random)))
            let typed = StopTimes(
                start: start, end: Int.random(in: 0..<12, using: &random) == 0 || end <= start ? nil : end)
            let edit: StopEdit
            switch Int.random(in: 0..<7, using: &random) {
            case 0: edit = .enter(typed, cause)
            case 1:
                guard let stop = stops.first else { return }
                edit = .justify(reference(stop), Bool.random(using: &random) ? cause : StatedCause())
            case 2:
                guard let stop = stops.first.map({ reference($0) }), stop.interval.length > 2 else { return }
                edit = .split(
                    stop, at: stop.interval.start + Int64.random(in: 1..<stop.interval.length, using: &random))
            case 3:
                guard stops.count > 1 else { return }
                edit = .merge(stops.prefix(Int.random(in: 2...3, using: &random)).map { reference($0) })
            case 4:
                guard let stop = stops.first else { return }
                edit = .trim(reference(stop), typed, Bool.random(using: &random) ? cause : nil)
            case 5:
                guard let stop = stops.first else { return }
                edit = .delete(reference(stop))
            default:
                guard let fact = facts.edits.facts.randomElement(using: &random) else { return }
                edit = .undo(fact.id)
            }
            do {
                try facts.make(edit)
            } catch {
                refused += 1
            }
        }

        /// Takes the newest edit back that can be: one whose stops' time is taken by others waits for those.
        mutating func undoNewest() -> Bool {
            for fact in facts.edits.facts.reversed() {
                do {
                    try facts.make(.undo(fact.id))
                    return true
                } catch {
                    continue
                }
            }
            return false
        }
    }

    static func line(using random: inout SeededGenerator) -> LineExample {
        var detections: [Instant] = []
        var second: Int64 = 0
        while second < length {
            detections.append(at(second))
            second += [5, 5, 10, 59, 60, 61, 90, 300].randomElement(using: &random) ?? 5
        }
        var line = LineExample()
        line.detections = detections
        line.versions = [(nil, LineVersion(ratePerMinute: nil, downtimeThreshold: seconds(60)))]
        line.commissionedAt = at(0)
        line.period = span(at(0), at(length))
        line.now = at(length)
        return line
    }

    @Test func stopsStayDisjointAndUndoingEverythingLeavesNoFacts() throws {
        var refused = 0
        for seed in UInt64(1)...400 {
            var random = SeededGenerator(seed: seed)
            var example = Edited(line: Self.line(using: &random))
            let untouched = example.current
            for _ in 0..<30 {
                example.edit(using: &random)
                #expect(example.facts.edits.isDisjoint, "seed \(seed)")
                let stops = example.current
                for (left, right) in zip(stops, stops.dropFirst()) {
                    #expect(left.interval(now: example.line.now).end <= right.start, "seed \(seed)")
                }
                // Whatever order the database gives them in.
                let anyOrder = StopEdits(example.facts.facts.shuffled(using: &random))
                #expect(anyOrder == example.facts.edits, "seed \(seed)")
            }
            while !example.facts.edits.facts.isEmpty {
                guard example.undoNewest() else {
                    Issue.record("seed \(seed): nothing can be taken back")
                    break
                }
            }
            #expect(example.current == untouched, "seed \(seed)")
            #expect(example.facts.edits.registered.isEmpty && example.facts.edits.removed.isEmpty, "seed \(seed)")
            refused += example.refused
        }
        #expect(refused > 0)
    }

    @Test func causesNeverChangeTimes() throws {
        for seed in UInt64(1)...200 {
            var random = SeededGenerator(seed: seed)
            var example = Edited(line: Self.line(using: &random))
            for _ in 0..<20 {
                example.edit(using: &random)
                guard let stop = example.current.randomElement(using: &random) else { continue }
                let before = example.current.map { [$0.start, $0.end] }
                let cause = StatedCause(incident: IncidentID(9), reason: "why")
                try example.facts.make(.justify(example.reference(stop), cause))
                #expect(example.current.map { [$0.start, $0.end] } == before, "seed \(seed)")
                #expect(
                    example.current.first { $0.start == stop.start }?.cause?.incident == IncidentID(9), "seed \(seed)")
            }
        }
    }

    @Test func unchangedStopsKeepTheirNumbers() throws {
        for seed in UInt64(1)...300 {
            var random = SeededGenerator(seed: seed)
            var example = Edited(line: Self.line(using: &random))
            var stored = example.current.enumerated().map { StoredStop(id: StopID(Int64($0 + 1)), stop: $1) }
            var next = Int64(stored.count + 1)
            for _ in 0..<20 {
                example.edit(using: &random)
                let current = example.current
                let changes = StopChanges(stored: stored, current: current, now: example.line.now)
                let same = stored.filter { old in current.contains { $0.isStoredLike(old.stop) } }
                #expect(changes.kept == same.count, "seed \(seed)")
                var fresh = same + changes.updated
                for stop in changes.added {
                    fresh.append(StoredStop(id: StopID(next), stop: stop))
                    next += 1
                }
                fresh.sort { $0.stop.start < $1.stop.start }
                #expect(fresh.count == current.count, "seed \(seed)")
                #expect(zip(fresh, current).allSatisfy { $0.stop.isStoredLike($1) }, "seed \(seed)")
                #expect(Set(fresh.map(\.id)).count == fresh.count, "seed \(seed)")
                stored = zip(fresh, current).map { StoredStop(id: $0.id, stop: $1) }
            }
        }
    }
}
