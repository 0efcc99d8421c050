import ManufacturingKPI
import Shared
import Testing

@Suite("Line status and trend")
struct LineStatusTests {
    func status(
        silent: Int64?, rate: Double? = nil, registered: RegisteredStop? = nil, plan: LineStatus.Plan = .planned,
        lacksHeartbeat: Bool = false, detectsStops: Bool = true
    ) -> LineStatus {
        LineStatus(
            lastDetection: silent.map { clock(10) + seconds(-$0) },
            settings: LineSettings(
                versions: EffectiveDated(always: LineVersion(ratePerMinute: rate, downtimeThreshold: seconds(300))),
                detectsStops: detectsStops, commissionedAt: clock(0), decommissionedAt: nil),
            registered: registered, plan: plan, lacksHeartbeat: lacksHeartbeat, now: clock(10))
    }

    @Test func precedence() {
        let registered = RegisteredStop(id: StopID(3), start: clock(9), end: nil)
        let idle = LineStatus.Plan.idle(.inBreak(name: "Almuerzo"), until: clock(11))
        #expect(status(silent: 15, registered: registered, plan: idle, lacksHeartbeat: true) == .running)
        #expect(
            status(silent: 16, registered: registered, plan: idle, lacksHeartbeat: true)
                == .stoppedByPerson(id: StopID(3), since: clock(9)))
        #expect(
            status(silent: 16, plan: idle, lacksHeartbeat: true)
                == .idle(.inBreak(name: "Almuerzo"), until: clock(11)))
        #expect(status(silent: 16, lacksHeartbeat: true) == .noData)
        #expect(status(silent: 16) == .waiting(silentFor: seconds(16)))
        #expect(status(silent: 300) == .waiting(silentFor: seconds(300)))
        #expect(status(silent: 301) == .stopped(since: clock(9, 54, 59)))
        #expect(status(silent: nil) == .stopped(since: clock(0)))
        #expect(status(silent: 301, detectsStops: false) == .waiting(silentFor: seconds(301)))
    }

    @Test("Three cycles of a slow line are still running")
    func slowLine() {
        #expect(status(silent: 90, rate: 2) == .running)
        #expect(status(silent: 91, rate: 2) == .waiting(silentFor: seconds(91)))
        #expect(status(silent: 16, rate: 100).name == "waiting")
    }

    @Test func trends() {
        let better = Trend(current: 0.781, previous: 0.78, scale: .ratio, higherIsBetter: true)
        #expect(better?.direction == .up && better?.isGood == true && better?.previous == 0.78)
        #expect(Trend(current: 0.7809, previous: 0.78, scale: .ratio, higherIsBetter: true)?.direction == .stable)
        #expect(Trend(current: 0.7809, previous: 0.78, scale: .ratio, higherIsBetter: true)?.isGood == nil)
        let fewer = Trend(current: 199, previous: 200, scale: .amount, higherIsBetter: false)
        #expect(fewer?.direction == .down && fewer?.isGood == true && fewer?.difference == -1)
        #expect(Trend(current: 200, previous: 200.9, scale: .amount, higherIsBetter: false)?.direction == .stable)
        #expect(Trend(current: 0, previous: 0, scale: .amount, higherIsBetter: false)?.direction == .stable)
        #expect(Trend(current: 1, previous: 0, scale: .amount, higherIsBetter: false)?.isGood == false)
        #expect(Trend(current: nil, previous: 0, scale: .amount, higherIsBetter: false) == nil)
        #expect(Trend(current: 0, previous: nil, scale: .ratio, higherIsBetter: false) == nil)
    }
}
