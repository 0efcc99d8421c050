import ManufacturingKPI
import Shared
import Testing

@Suite("Stops: worked examples and rules")
struct StopRulesTests {
    /// The worked example of the domain page.
    static func worked() -> LineExample {
        LineExample(
            detections: [
                clock(7, 40), clock(8), clock(8, 5), clock(8, 5, 30), clock(8, 11), clock(8, 17), clock(8, 17, 20),
                clock(8, 22, 21),
            ],
            commissionedAt: clock(7, 40),
            planned: [span(clock(7, 50), clock(8, 30))],
            period: span(clock(7), clock(9)),
            now: clock(8, 30)
        )
    }

    @Test func workedExample() {
        let line = Self.worked()
        #expect(line.analysis.downtime == seconds(2_050))
        #expect(
            line.stops.map(\.interval) == [
                span(clock(7, 40), clock(8)), span(clock(8, 5, 30), clock(8, 17)), span(clock(8, 17, 20), clock(8, 30)),
            ])
        #expect(line.stops.map(\.plannedInPeriod) == [seconds(600), seconds(690), seconds(760)])
        #expect(line.stops.map(\.isOngoing) == [false, false, true])
        #expect(line.stops.last?.end == nil)
        #expect(line.analysis.totalDuration == seconds(1_200 + 690 + 760))
    }

    @Test func workedExampleLater() {
        var line = Self.worked()
        line.now = clock(9, 30)
        #expect(line.analysis.downtime == seconds(2_050))
    }

    @Test func workedExampleWithRegistered() {
        var line = Self.worked()
        line.registered = [RegisteredStop(id: StopID(7), start: clock(8, 10), end: clock(8, 14))]
        #expect(line.analysis.downtime == seconds(2_050))
        #expect(line.analysis.stops == 3)
        #expect(line.stops.map(\.source) == [.calculated, .registered, .calculated])
        #expect(line.stops[1].id == StopID(7))
        #expect(
            line.timeline.remainders(planned: line.plannedInPeriod) == [
                span(clock(8, 5, 30), clock(8, 10)), span(clock(8, 14), clock(8, 17)),
            ])
        #expect(line.analysis.remainderDowntime == seconds(450))
        #expect(line.analysis.plannedTotal == line.analysis.downtime)
    }

    @Test("A gap of exactly the threshold runs, a microsecond more is a stop")
    func strictlyLonger() {
        var line = LineExample(
            detections: [clock(8), clock(8, 5)], commissionedAt: clock(8), period: span(clock(8), clock(8, 6)),
            now: clock(8, 6))
        #expect(line.stops.isEmpty)
        line.detections = [clock(8), clock(8, 5) + 1]
        #expect(line.stops.map(\.duration) == [seconds(300) + 1])
    }

    @Test("One lone unit does not end a stop, two at the same instant do")
    func loneUnit() {
        var line = LineExample(
            detections: [clock(8), clock(8, 10), clock(8, 20)], commissionedAt: clock(8),
            period: span(clock(8), clock(8, 20)), now: clock(8, 20))
        #expect(line.stops.map(\.interval) == [span(clock(8), clock(8, 20))])
        line.detections.append(clock(8, 10))
        #expect(line.stops.map(\.interval) == [span(clock(8), clock(8, 10)), span(clock(8, 10), clock(8, 20))])
    }

    @Test("A lone unit before the open end, and the first unit after commissioning, join too")
    func loneUnitAtTheEnds() {
        var line = LineExample(
            detections: [clock(8, 10)], commissionedAt: clock(8), period: span(clock(8), clock(9)), now: clock(8, 20))
        #expect(line.stops.map(\.interval) == [span(clock(8), clock(8, 20))])
        #expect(line.stops.map(\.isOngoing) == [true])
        line.now = clock(8, 15)
        #expect(line.stops.map(\.interval) == [span(clock(8), clock(8, 10))])
        #expect(line.stops.map(\.isOngoing) == [false])
        line.detections = [clock(8, 10), clock(8, 10)]
        line.now = clock(8, 20)
        #expect(line.stops.count == 2)
    }

    @Test("A detection ahead of now counts in nothing until then")
    func ahead() {
        var line = LineExample(
            detections: [clock(8), clock(8, 10)], commissionedAt: clock(8), period: span(clock(8), clock(9)),
            now: clock(8, 7))
        #expect(line.stops.map(\.interval) == [span(clock(8), clock(8, 7))])
        #expect(line.stops.map(\.isOngoing) == [true])
        line.now = clock(8, 10)
        #expect(line.stops.map(\.isOngoing) == [false])
        line.detections = [clock(8, 10)]
        line.now = clock(8, 7)
        #expect(line.stops.map(\.interval) == [span(clock(8), clock(8, 7))])
    }

    @Test("Rows before commissioning stay activity: no leading gap")
    func earlierRows() {
        let line = LineExample(
            detections: [clock(7), clock(9)], commissionedAt: clock(8), period: span(clock(6), clock(9)), now: clock(9))
        #expect(line.stops.map(\.interval) == [span(clock(7), clock(9))])
        #expect(line.analysis.downtime == seconds(3_600))
    }

    @Test func decommissioned() {
        var line = LineExample(
            detections: [clock(8)], commissionedAt: clock(8), decommissionedAt: clock(9),
            period: span(clock(8), clock(12)), now: clock(12))
        #expect(line.stops.map(\.interval) == [span(clock(8), clock(9))])
        #expect(line.stops.map(\.isOngoing) == [false])
        line.now = clock(8, 30)
        #expect(line.stops.map(\.isOngoing) == [true])
    }

    @Test("Without detection of stops only registered ones count")
    func noCalculated() {
        var line = Self.worked()
        line.detectsStops = false
        #expect(line.analysis.downtime == 0)
        line.registered = [RegisteredStop(id: StopID(7), start: clock(8, 10), end: nil)]
        #expect(line.analysis.downtime == seconds(1_200))
        #expect(line.stops.map(\.isOngoing) == [true])
        line.now = clock(8, 10)
        #expect(line.stops.isEmpty)
    }

    @Test("A what-if threshold replaces the line's; registered stops still count")
    func whatIf() {
        var line = Self.worked()
        line.threshold = seconds(345)
        line.registered = [RegisteredStop(id: StopID(7), start: clock(8, 3), end: clock(8, 4))]
        // 360 s of 08:11–08:17 and the leading 1 200 s; neither 330 nor 301 s, and the open end of 459 s.
        #expect(
            line.stops.map(\.interval) == [
                span(clock(7, 40), clock(8)), span(clock(8, 3), clock(8, 4)), span(clock(8, 11), clock(8, 17)),
                span(clock(8, 22, 21), clock(8, 30)),
            ])
    }

    @Test("Micro band and threshold look at the planned length over the whole life")
    func plannedLength() {
        var line = LineExample(
            detections: [clock(8), clock(8, 10), clock(8, 10, 5)], commissionedAt: clock(8),
            planned: [span(clock(8), clock(12))], period: span(clock(8), clock(8, 10)), now: clock(8, 10, 5))
        line.versions[0].value.microStop = seconds(600)
        #expect(line.stops.map(\.kind) == [.micro])
        #expect(line.analysis.microStops == 1 && line.analysis.stops == 0)
        line.versions[0].value.microStop = seconds(599)
        #expect(line.stops.map(\.kind) == [.stop])
        line.planned = [span(clock(8, 5), clock(12))]
        #expect(line.stops.isEmpty)
        #expect(line.analysis.downtime == seconds(300))
        line.planned = [span(clock(8, 4, 59), clock(12))]
        line.period = span(clock(8, 9), clock(8, 10))
        #expect(line.stops.map(\.plannedDuration) == [seconds(301)])
        #expect(line.stops.map(\.plannedInPeriod) == [seconds(60)])
        #expect(line.stops.map(\.duration) == [seconds(600)])
    }

    @Test("Registered stops are listed with any planned time and never micro; without any they are not")
    func registeredListing() {
        var line = LineExample(
            detectsStops: false, registered: [RegisteredStop(id: StopID(1), start: clock(7), end: clock(8, 0, 1))],
            planned: [span(clock(8), clock(12))], period: span(clock(0), clock(12)), now: clock(12))
        line.versions[0].value.microStop = seconds(600)
        #expect(line.stops.map(\.kind) == [.stop])
        #expect(line.stops.map(\.plannedInPeriod) == [seconds(1)])
        line.registered[0].end = clock(8)
        #expect(line.stops.isEmpty)
    }

    @Test("Each gap has the threshold of its own start, all pieces of a stop that of the stop's")
    func effectiveDating() {
        var line = LineExample(
            detections: [clock(8), clock(8, 4), clock(8, 8), clock(8, 8, 1)], commissionedAt: clock(8),
            period: span(clock(8), clock(8, 8)), now: clock(8, 8, 1))
        line.versions = [
            (nil, LineVersion(ratePerMinute: nil, downtimeThreshold: seconds(300))),
            (clock(8, 4), LineVersion(ratePerMinute: nil, downtimeThreshold: seconds(60))),
        ]
        #expect(line.stops.map(\.interval) == [span(clock(8, 4), clock(8, 8))])
        line.versions = [
            (nil, LineVersion(ratePerMinute: nil, downtimeThreshold: seconds(60))),
            (clock(8, 4), LineVersion(ratePerMinute: nil, downtimeThreshold: seconds(200))),
        ]
        #expect(line.stops.map(\.interval) == [span(clock(8), clock(8, 8))])
        // The second piece starts under the longer threshold, but the stop it is left of does not.
        line.registered = [RegisteredStop(id: StopID(1), start: clock(8, 3), end: clock(8, 6))]
        #expect(line.stops.map(\.source) == [.calculated, .registered, .calculated])
    }

    @Test("Causes follow the stop: every part keeps it, the largest overlap wins, the last given of equals")
    func causes() {
        func cause(_ incident: Int64?, _ given: Instant) -> StopCause {
            StopCause(
                incident: incident.map { IncidentID($0) }, reason: nil, justifiedBy: .user(UserID(1)),
                justifiedAt: given)
        }
        var line = LineExample(
            detections: [clock(8), clock(9)], commissionedAt: clock(8), period: span(clock(8), clock(9)), now: clock(9))
        line.causes = [AttachedCause(interval: span(clock(8), clock(8, 30)), cause: cause(1, clock(8, 30)))]
        #expect(line.stops.map(\.cause?.incident) == [IncidentID(1)])
        line.detections += [clock(8, 20), clock(8, 20, 1)]
        #expect(line.stops.map(\.cause?.incident) == [IncidentID(1), IncidentID(1)])
        line.causes.append(
            AttachedCause(interval: span(clock(8, 20, 1), clock(9)), cause: cause(2, clock(9))))
        #expect(line.stops.map(\.cause?.incident) == [IncidentID(1), IncidentID(2)])
        line.causes.append(AttachedCause(interval: span(clock(8), clock(8, 30)), cause: cause(nil, clock(9))))
        #expect(line.stops.map(\.cause?.incident) == [nil, IncidentID(2)])
        line.causes = [AttachedCause(interval: span(clock(7), clock(8)), cause: cause(1, clock(8)))]
        #expect(line.stops.map(\.cause?.incident) == [nil, nil])
    }

    @Test("Time people removed is no stop any more")
    func removed() {
        var line = Self.worked()
        line.removed = IntervalSet(span(clock(8, 5, 30), clock(8, 17)))
        #expect(line.analysis.downtime == seconds(2_050 - 690))
    }

    @Test("The reach covers the whole life of stops that touch the period")
    func reach() {
        let line = LineExample(
            detections: [clock(1), clock(5), clock(9), clock(9, 1)], commissionedAt: clock(1),
            period: span(clock(6), clock(7)), now: clock(9, 1))
        #expect(line.detection.reach == span(clock(1), clock(9)))
        #expect(line.stops.map(\.interval) == [span(clock(1), clock(9))])
        #expect(line.analysis.downtime == seconds(3_600))
    }

    @Test func changeover() {
        let runs = ProductRuns(
            products: [ProductID(1), ProductID(2)], first: [clock(6), clock(9)].map(\.microseconds),
            last: [clock(8), clock(10)].map(\.microseconds))
        #expect(
            runs.changeover(over: span(clock(8), clock(9))) == Changeover(from: ProductID(1), to: ProductID(2)))
        #expect(runs.changeover(over: span(clock(6, 30), clock(7))) == nil)
        #expect(runs.changeover(over: span(clock(10), clock(11))) == nil)
        #expect(runs.changeover(over: span(clock(5), clock(6))) == nil)
    }
}
