import ManufacturingKPI
import Shared
import Testing

/// Facts of one line, made one after another.
struct FactExample {
    static let author = Author.user(UserID(7))

    var facts: [StopFact] = []
    var edits = StopEdits()

    /// Makes an edit as the product does: refused ones leave nothing.
    @discardableResult
    mutating func make(_ edit: StopEdit, by author: Author = author) throws(StopEdits.Refusal) -> FactID {
        let fact = StopFact(
            id: FactID(Int64(facts.count + 1)), edit: edit, author: author,
            recordedAt: clock(20, 0, Int64(facts.count)))
        edits = try edits.adding(fact)
        facts.append(fact)
        return fact.id
    }

    static func calculated(
        _ start: Instant, _ end: Instant, ongoing: Bool = false, event: Int64? = nil, cause: StopCause? = nil
    ) -> StopReference {
        StopReference(
            interval: span(start, end), isOngoing: ongoing, origin: nil, event: event.map { StopID($0) }, cause: cause)
    }

    /// The registered stop that an edit made.
    func registered(_ fact: FactID, part: Int = 0, event: Int64? = nil) -> StopReference? {
        edits.stop(of: StopOrigin(fact: fact, part: part)).map { stop in
            StopReference(
                interval: span(stop.start, stop.end ?? clock(20)), isOngoing: stop.end == nil, origin: stop.origin,
                event: event.map { StopID($0) }, cause: stop.cause)
        }
    }

    var times: [StopTimes] { edits.registered.map { StopTimes(start: $0.start, end: $0.end) } }
}

@Suite("Stops: edits as a fold over facts")
struct StopEditsTests {
    let belt = StatedCause(incident: IncidentID(3), reason: "belt")

    @Test func anEnteredStopIsRegisteredWithItsCause() throws {
        var line = FactExample()
        try line.make(.enter(StopTimes(start: clock(8), end: clock(9)), belt))
        try line.make(.enter(StopTimes(start: clock(9), end: nil), StatedCause()))
        #expect(line.times == [StopTimes(start: clock(8), end: clock(9)), StopTimes(start: clock(9), end: nil)])
        let cause = line.edits.registered[0].cause
        #expect(cause?.incident == IncidentID(3) && cause?.reason == "belt")
        #expect(cause?.justifiedBy == FactExample.author && cause?.justifiedAt == clock(20))
        #expect(line.edits.registered[1].cause == nil)
        #expect(line.edits.removed.isEmpty)
    }

    @Test(arguments: [
        (clock(8, 59), clock(10), false), (clock(7), clock(8, 0, 1), false), (clock(8, 10), clock(8, 20), false),
        (clock(7), clock(10), false), (clock(9), clock(10), true), (clock(7), clock(8), true),
    ])
    func registeredStopsMayTouchAndNotOverlap(start: Instant, end: Instant, isAllowed: Bool) throws {
        var line = FactExample()
        try line.make(.enter(StopTimes(start: clock(8), end: clock(9)), belt))
        if isAllowed {
            try line.make(.enter(StopTimes(start: start, end: end), belt))
            #expect(line.times.count == 2)
        } else {
            #expect(throws: StopEdits.Refusal.overlap) {
                try line.make(.enter(StopTimes(start: start, end: end), belt))
            }
            #expect(line.times.count == 1)
        }
    }

    @Test func anOpenStopOverlapsWhateverComesLater() throws {
        var line = FactExample()
        try line.make(.enter(StopTimes(start: clock(8), end: nil), belt))
        #expect(throws: StopEdits.Refusal.overlap) {
            try line.make(.enter(StopTimes(start: clock(12), end: clock(13)), belt))
        }
        try line.make(.enter(StopTimes(start: clock(7), end: clock(8)), belt))
        #expect(line.times.count == 2)
    }

    @Test func aCauseNeverChangesTimes() throws {
        var line = FactExample()
        let stop = FactExample.calculated(clock(8), clock(9), ongoing: true, event: 5)
        try line.make(.justify(stop, belt))
        #expect(line.times.isEmpty && line.edits.removed.isEmpty)
        #expect(line.edits.causes.map(\.interval) == [span(clock(8), clock(9))])
        let entered = try line.make(.enter(StopTimes(start: clock(10), end: clock(11)), StatedCause()))
        let registered = try #require(line.registered(entered))
        try line.make(.justify(registered, belt))
        #expect(line.times == [StopTimes(start: clock(10), end: clock(11))])
        #expect(line.edits.registered[0].cause?.reason == "belt")
    }

    @Test func aCalculatedStopIsSplitIntoTwoRegisteredOnes() throws {
        var line = FactExample()
        let cause = StopCause(incident: IncidentID(1), reason: nil, justifiedBy: nil, justifiedAt: nil)
        let split = try line.make(.split(FactExample.calculated(clock(8), clock(9), cause: cause), at: clock(8, 20)))
        #expect(
            line.times == [
                StopTimes(start: clock(8), end: clock(8, 20)), StopTimes(start: clock(8, 20), end: clock(9)),
            ])
        #expect(line.edits.registered.allSatisfy { $0.cause == cause })
        #expect(line.edits.removed.intervals == [span(clock(8), clock(9))])
        // What is deleted of it is calculated no more.
        try line.make(.delete(try #require(line.registered(split, part: 1))))
        #expect(line.times == [StopTimes(start: clock(8), end: clock(8, 20))])
        #expect(line.edits.removed.intervals == [span(clock(8), clock(9))])
    }

    @Test func whatStillRunsGoesOnBeingCalculatedAfterASplit() throws {
        var line = FactExample()
        try line.make(.split(FactExample.calculated(clock(8), clock(9), ongoing: true), at: clock(8, 20)))
        #expect(line.times == [StopTimes(start: clock(8), end: clock(8, 20))])
        #expect(line.edits.removed.intervals == [span(clock(8), clock(8, 20))])
    }

    @Test func mergedStopsAreOneFromTheFirstToTheLast() throws {
        var line = FactExample()
        let entered = try line.make(.enter(StopTimes(start: clock(10), end: clock(11)), belt))
        try line.make(
            .merge([try #require(line.registered(entered)), FactExample.calculated(clock(8), clock(8, 30))]))
        #expect(line.times == [StopTimes(start: clock(8), end: clock(11))])
        #expect(line.edits.registered[0].cause?.reason == "belt")
        #expect(line.edits.removed.intervals == [span(clock(8), clock(8, 30))])
    }

    @Test func mergingOverAnotherRegisteredStopIsRefused() throws {
        var line = FactExample()
        try line.make(.enter(StopTimes(start: clock(9), end: clock(9, 30)), belt))
        #expect(throws: StopEdits.Refusal.overlap) {
            try line.make(
                .merge([
                    FactExample.calculated(clock(8), clock(8, 30)), FactExample.calculated(clock(10), clock(10, 30)),
                ]))
        }
    }

    @Test func trimmingMakesACalculatedStopRegistered() throws {
        var line = FactExample()
        let first = try line.make(
            .trim(
                FactExample.calculated(clock(8), clock(9)), StopTimes(start: clock(8, 10), end: clock(8, 50)), belt))
        #expect(line.times == [StopTimes(start: clock(8, 10), end: clock(8, 50))])
        #expect(line.edits.removed.intervals == [span(clock(8), clock(9))])
        let again = try #require(line.registered(first))
        try line.make(.trim(again, StopTimes(start: clock(8, 10), end: nil), nil))
        #expect(line.times == [StopTimes(start: clock(8, 10), end: nil)])
        #expect(line.edits.registered[0].cause?.reason == "belt")
    }

    @Test func undoTakesTheLastEditOfAStopBack() throws {
        var line = FactExample()
        let entered = try line.make(.enter(StopTimes(start: clock(8), end: clock(9)), belt))
        try line.make(.enter(StopTimes(start: clock(12), end: clock(13)), belt))
        let stop = try #require(line.registered(entered, event: 1))
        try line.make(.trim(stop, StopTimes(start: clock(8), end: clock(8, 30)), nil))
        let trimmed = try #require(line.registered(FactID(3), event: 1))
        #expect(line.edits.lastEdit(of: StopID(1), current: trimmed)?.id == FactID(3))
        try line.make(.undo(FactID(3)))
        #expect(line.times.first == StopTimes(start: clock(8), end: clock(9)))
        let again = try #require(line.registered(entered, event: 1))
        #expect(line.edits.lastEdit(of: StopID(1), current: again)?.id == FactID(1))
        try line.make(.undo(FactID(1)))
        #expect(line.times == [StopTimes(start: clock(12), end: clock(13))])
        #expect(line.edits.lastEdit(of: StopID(99), current: nil) == nil)
    }

    @Test func whoGivesACauseMakesNoStop() throws {
        var line = FactExample()
        let other = Author.user(UserID(8))
        let calculated = FactExample.calculated(clock(6), clock(7), event: 1)
        let given = try line.make(.justify(calculated, belt))
        #expect(line.edits.lastEdit(of: StopID(1), current: calculated)?.id == given)
        #expect(line.edits.maker(of: calculated) == nil)
        let entered = try line.make(.enter(StopTimes(start: clock(8), end: clock(9)), StatedCause()))
        try line.make(.justify(try #require(line.registered(entered)), belt), by: other)
        #expect(line.edits.maker(of: try #require(line.registered(entered)))?.author == FactExample.author)
        let split = try line.make(.split(try #require(line.registered(entered)), at: clock(8, 30)), by: other)
        for part in 0...1 {
            #expect(line.edits.maker(of: try #require(line.registered(split, part: part)))?.id == split)
        }
        try line.make(.undo(split))
        #expect(line.edits.maker(of: try #require(line.registered(entered)))?.id == entered)
    }

    @Test func aDeletedStopComesBackUnlessItsTimeIsTaken() throws {
        var line = FactExample()
        let deleted = try line.make(.delete(FactExample.calculated(clock(8), clock(9), event: 4)))
        #expect(line.edits.removed.intervals == [span(clock(8), clock(9))])
        #expect(line.edits.lastEdit(of: StopID(4), current: nil)?.id == deleted)
        try line.make(.undo(deleted))
        #expect(line.edits == StopEdits(line.facts))
        #expect(line.edits.removed.isEmpty && line.edits.facts.isEmpty)

        let entered = try line.make(.enter(StopTimes(start: clock(8), end: clock(9)), belt))
        let gone = try line.make(.delete(try #require(line.registered(entered))))
        try line.make(.enter(StopTimes(start: clock(8, 30), end: clock(8, 40)), belt))
        #expect(throws: StopEdits.Refusal.overlap) { try line.make(.undo(gone)) }
    }

    @Test func whatALaterEditBuildsOnStays() throws {
        var line = FactExample()
        let split = try line.make(.split(FactExample.calculated(clock(8), clock(9)), at: clock(8, 20)))
        let cause = try line.make(.justify(try #require(line.registered(split, part: 1)), belt))
        #expect(throws: StopEdits.Refusal.builtUpon) { try line.make(.undo(split)) }
        try line.make(.undo(cause))
        try line.make(.undo(split))
        #expect(line.times.isEmpty && line.edits.removed.isEmpty)
    }

    @Test func theSpanOfAChangeHoldsAllThatDiffers() throws {
        var line = FactExample()
        let nothing = line.edits
        #expect(nothing.span(changedIn: nothing, now: clock(20)) == nil)
        try line.make(.enter(StopTimes(start: clock(8), end: nil), belt))
        let open = line.edits
        #expect(nothing.span(changedIn: open, now: clock(20)) == span(clock(8), clock(20)))
        try line.make(.delete(FactExample.calculated(clock(5), clock(6))))
        #expect(open.span(changedIn: line.edits, now: clock(20)) == span(clock(5), clock(6)))
        try line.make(.justify(FactExample.calculated(clock(3), clock(4)), belt))
        #expect(nothing.span(changedIn: line.edits, now: clock(20)) == span(clock(3), clock(20)))
    }
}
