import NIOCore
import Testing

@testable import Gateway

/// A generator whose numbers a seed decides.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// A lifecycle on a clock that only the test moves.
private struct Life {
    var lifecycle: WorkerLifecycle
    var now = NIODeadline.uptimeNanoseconds(1_000_000_000_000)
    var random = SeededGenerator(state: 1)

    init(isOurs: Bool = true) {
        lifecycle = WorkerLifecycle(limits: WorkerLifecycleLimits(), generation: 100, isOurs: isOurs)
    }

    mutating func demand() -> (WorkerLifecycle.Verdict, [WorkerLifecycle.Action]) {
        var actions: [WorkerLifecycle.Action] = []
        let verdict = lifecycle.demand(at: now, &actions)
        return (verdict, actions)
    }

    mutating func handle(_ event: WorkerLifecycle.Event) -> [WorkerLifecycle.Action] {
        lifecycle.handle(event, at: now, using: &random)
    }

    mutating func pass(_ time: TimeAmount, isBusy: Bool = false) -> [WorkerLifecycle.Action] {
        now = now + time
        return handle(.tick(isBusy: isBusy))
    }

    var generation: UInt64 { lifecycle.generation }

    static func ready() -> Life {
        var life = Life()
        _ = life.demand()
        _ = life.handle(.answered(generation: life.generation))
        return life
    }

    /// Starts and fails once; true when that began a back-off.
    mutating func crash() -> Bool {
        _ = demand()
        _ = handle(.exited(generation: generation, isClean: false, isWanted: false))
        if case .backingOff = lifecycle.state { return true }
        return false
    }
}

@Suite struct WorkersLifecycleTests {
    @Test func startsOnDemandOnce() {
        var life = Life()
        let first = life.demand()
        #expect(first.0 == .wait)
        #expect(first.1 == [.launch(generation: 101)])
        let second = life.demand()
        #expect(second.0 == .wait)
        #expect(second.1 == [])
        #expect(life.handle(.answered(generation: 101)) == [.admit])
        #expect(life.demand().0 == .ready)
    }

    @Test func oldGenerationsSayNothing() {
        var life = Life.ready()
        let before = life.lifecycle.state
        let old = life.generation - 1
        #expect(life.handle(.lost(generation: old)) == [])
        #expect(life.handle(.exited(generation: old, isClean: false, isWanted: true)) == [])
        #expect(life.handle(.farewell(generation: old)) == [])
        #expect(life.handle(.answered(generation: old)) == [])
        #expect(life.lifecycle.state == before)
        #expect(life.handle(.lost(generation: old + 1)) == [.drop, .kill])
    }

    @Test func startHasADeadline() {
        var life = Life()
        _ = life.demand()
        #expect(life.pass(.seconds(9)) == [])
        #expect(life.pass(.seconds(1)) == [.drop, .kill])
        #expect(life.handle(.answered(generation: life.generation)) == [])
        #expect(
            life.handle(.exited(generation: 101, isClean: false, isWanted: true)) == [.drop, .launch(generation: 102)]
        )
    }

    @Test func aRegistryThatIsAwayIsNoFailure() {
        var life = Life()
        for _ in 1...20 {
            #expect(life.demand().0 == .wait)
            #expect(life.handle(.registryAway(generation: life.generation)) == [.refuse(.registryAway)])
            #expect(life.lifecycle.state == .idle)
            life.now = life.now + .milliseconds(10)
        }
        _ = life.demand()
        #expect(life.handle(.registryAway(generation: life.generation - 1)) == [])
        #expect(life.handle(.answered(generation: life.generation)) == [.admit])
        // Nor does it start anything where none is allowed.
        var stopped = Life()
        _ = stopped.demand()
        _ = stopped.handle(.stop(.suspension))
        #expect(stopped.handle(.registryAway(generation: stopped.generation)) == [.refuse(.stopped)])
        #expect(stopped.lifecycle.state == .stopped)
    }

    @Test func fiveMissedBeatsAreDeath() {
        var life = Life.ready()
        #expect(life.pass(.seconds(1)) == [.beat])
        for _ in 1...4 { #expect(life.pass(.seconds(1)) == [.beat]) }
        #expect(life.pass(.seconds(1)) == [.drop, .kill])
        // The control: an answer to any of them begins the count anew.
        var alive = Life.ready()
        for _ in 1...20 {
            for _ in 1...5 { #expect(alive.pass(.seconds(1), isBusy: true) == [.beat]) }
            #expect(alive.handle(.beatAnswered(generation: alive.generation)) == [])
        }
    }

    @Test func aGatewayThatWasHeldUpKillsNobody() {
        var life = Life.ready()
        #expect(life.pass(.seconds(1)) == [.beat])
        #expect(life.pass(.minutes(5), isBusy: true) == [.beat])
        #expect(life.handle(.beatAnswered(generation: life.generation)) == [])
        #expect(life.demand().0 == .ready)
    }

    @Test func endsWhenIdleAndNotWhenBusy() {
        var life = Life.ready()
        for second in 1...599 {
            #expect(life.pass(.seconds(1)) == [.beat], "second \(second)")
            _ = life.handle(.beatAnswered(generation: life.generation))
        }
        #expect(life.pass(.seconds(1)) == [.retire, .terminate])
        #expect(life.demand().0 == .wait)
        #expect(
            life.handle(.exited(generation: 101, isClean: true, isWanted: true)) == [.drop, .launch(generation: 102)]
        )
        #expect(life.lifecycle.restarts == 0)
        var busy = Life.ready()
        for _ in 1...2_000 {
            #expect(busy.pass(.seconds(1), isBusy: true) == [.beat])
            _ = busy.handle(.beatAnswered(generation: busy.generation))
        }
    }

    @Test func backsOffAfterFiveFailuresAndHeals() {
        var life = Life()
        for number in 1...4 {
            let isOff = life.crash()
            #expect(!isOff, "failure \(number)")
        }
        let isOff1 = life.crash()
        #expect(isOff1)
        guard case .backingOff(let seconds) = life.demand().0 else {
            Issue.record("no back-off")
            return
        }
        #expect((1...2).contains(seconds))
        var delays: [Int] = []
        for _ in 1...9 {
            life.now = life.now + .seconds(61)
            let isOff2 = life.crash()
            #expect(isOff2)
            if case .backingOff(let seconds) = life.demand().0 { delays.append(seconds) }
        }
        #expect(delays.allSatisfy { (1...60).contains($0) })
        #expect(delays.suffix(2).allSatisfy { $0 >= 45 }, "\(delays)")
        // Healed by half a minute of being ready: then it takes five failures again.
        life.now = life.now + .seconds(61)
        _ = life.demand()
        _ = life.handle(.answered(generation: life.generation))
        _ = life.pass(.seconds(31), isBusy: true)
        for number in 1...4 {
            let isOff = life.crash()
            #expect(!isOff, "failure \(number)")
        }
        let isOff3 = life.crash()
        #expect(isOff3)
    }

    @Test func failuresFarApartDoNotBackOff() {
        var life = Life()
        for _ in 1...50 {
            let isOff4 = life.crash()
            #expect(!isOff4)
            life.now = life.now + .seconds(10)
        }
    }

    @Test func restartsCountReplacementsOnly() {
        var life = Life.ready()
        #expect(life.handle(.restart) == [.retire, .terminate])
        #expect(
            life.handle(.exited(generation: 101, isClean: true, isWanted: false)) == [.drop, .launch(generation: 102)]
        )
        #expect(life.lifecycle.restarts == 1)
        _ = life.handle(.answered(generation: 102))
        _ = life.handle(.exited(generation: 102, isClean: false, isWanted: false))
        #expect(life.demand().1 == [.launch(generation: 103)])
        #expect(life.lifecycle.restarts == 2)
    }

    @Test func stoppedMeansStopped() {
        var life = Life.ready()
        #expect(life.handle(.stop(.suspension)) == [.retire, .terminate, .refuse(.stopped)])
        #expect(life.demand().0 == .stopped)
        #expect(life.handle(.exited(generation: 101, isClean: true, isWanted: true)) == [.drop, .refuse(.stopped)])
        #expect(life.handle(.restart) == [])
        #expect(life.demand().0 == .stopped)
        #expect(life.handle(.allow(.suspension)) == [])
        #expect(life.demand().1 == [.launch(generation: 102)])
    }

    @Test func everyHoldIsTakenBackByItself() {
        var life = Life.ready()
        #expect(life.handle(.stop(.drain)) == [.retire, .terminate, .refuse(.stopped)])
        #expect(life.handle(.stop(.suspension)) == [.refuse(.stopped)])
        _ = life.handle(.exited(generation: 101, isClean: true, isWanted: true))
        // A tenant that is served again stays as the operator wanted it, and the other way round.
        #expect(life.handle(.allow(.suspension)) == [])
        #expect(life.demand().0 == .stopped)
        #expect(life.handle(.stop(.suspension)) == [.refuse(.stopped)])
        #expect(life.handle(.allow(.drain)) == [])
        #expect(life.demand().0 == .stopped)
        #expect(life.handle(.allow(.suspension)) == [])
        #expect(life.demand().1 == [.launch(generation: 102)])
    }

    @Test func withoutAPlaceARequestWaitsAndNothingStarts() {
        var life = Life()
        var actions: [WorkerLifecycle.Action] = []
        #expect(life.lifecycle.demand(at: life.now, hasPlace: false, &actions) == .wait)
        #expect(actions == [] && life.lifecycle.state == .idle)
        #expect(life.demand().1 == [.launch(generation: 101)])
        // One that runs makes room in order, and is no failure.
        #expect(life.handle(.makeRoom) == [])
        _ = life.handle(.answered(generation: 101))
        #expect(life.handle(.makeRoom) == [.retire, .terminate])
        #expect(life.lifecycle.state == .draining(.room))
        #expect(life.handle(.exited(generation: 101, isClean: true, isWanted: false)) == [.drop])
        #expect(life.lifecycle.state == .idle && life.lifecycle.restarts == 0)
    }

    @Test func aKillSaysWhatFor() {
        var hung = Life.ready()
        for _ in 1...6 { _ = hung.pass(.seconds(1)) }
        #expect(hung.lifecycle.state == .draining(.hung))
        var late = Life()
        _ = late.demand()
        _ = late.pass(.seconds(10))
        #expect(late.lifecycle.state == .draining(.late))
        var lost = Life.ready()
        _ = lost.handle(.lost(generation: 101))
        #expect(lost.lifecycle.state == .draining(.lost))
    }

    @Test func aDrainOfItsOwnIsNoFailure() {
        var life = Life.ready()
        #expect(life.handle(.farewell(generation: 101)) == [.retire, .terminate])
        #expect(life.handle(.lost(generation: 101)) == [])
        #expect(life.handle(.exited(generation: 101, isClean: true, isWanted: false)) == [.drop])
        #expect(life.lifecycle.state == .idle)
        _ = life.demand()
        #expect(life.lifecycle.restarts == 0)
    }

    /// Whatever happens in whatever order: never two processes, generations rise, every ready worker was admitted, and
    /// nothing is launched that must not be.
    @Test func neverTwoProcesses() {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(state: seed)
        for _ in 0..<400 {
            var isOurs = Bool.random(using: &random)
            var life = Life(isOurs: isOurs)
            var living: Set<UInt64> = []
            var newest = life.generation
            var isAllowed = true
            for _ in 0..<200 {
                life.now = life.now + .milliseconds(Int64.random(in: 0...3_000, using: &random))
                let generation =
                    Bool.random(using: &random) ? newest : newest - UInt64.random(in: 0...2, using: &random)
                var actions: [WorkerLifecycle.Action] = []
                switch Int.random(in: 0...12, using: &random) {
                case 0, 1: actions = life.demand().1
                case 2, 3: actions = life.handle(.answered(generation: generation))
                case 4, 5:
                    guard living.remove(generation) != nil else { continue }
                    let isClean = Bool.random(using: &random)
                    actions = life.handle(
                        .exited(generation: generation, isClean: isClean, isWanted: Bool.random(using: &random))
                    )
                case 6: actions = life.handle(.lost(generation: generation))
                case 7: actions = life.handle(.farewell(generation: generation))
                case 8: actions = life.handle(.beatAnswered(generation: generation))
                case 9: actions = life.handle(.restart)
                case 10:
                    isAllowed.toggle()
                    actions = life.handle(isAllowed ? .allow(.suspension) : .stop(.suspension))
                case 11:
                    isOurs = true
                    actions = life.handle(.claimed(isWanted: Bool.random(using: &random)))
                default: actions = life.handle(.tick(isBusy: Bool.random(using: &random)))
                }
                for case .launch(let launched) in actions {
                    let isAlone = living.isEmpty
                    #expect(isAlone, "seed \(seed): a second process")
                    #expect(launched > newest, "seed \(seed): generation \(launched) after \(newest)")
                    #expect(isAllowed, "seed \(seed): launched while stopped")
                    #expect(isOurs, "seed \(seed): launched while the gateway before has the tenant")
                    newest = launched
                    living.insert(launched)
                }
                #expect(life.lifecycle.hasProcess == !living.isEmpty, "seed \(seed): \(life.lifecycle.state)")
            }
        }
    }

    // MARK: Gateways that follow one another

    @Test func nothingStartsBeforeTheGatewayBeforeHasGivenTheTenantUp() {
        var life = Life(isOurs: false)
        let demand = life.demand()
        #expect(demand.0 == .wait && demand.1 == [])
        #expect(life.pass(.minutes(1)) == [])
        #expect(life.lifecycle.state == .moving && !life.lifecycle.hasProcess)
        #expect(life.handle(.claimed(isWanted: true)) == [.launch(generation: 101)])

        var unwanted = Life(isOurs: false)
        #expect(unwanted.handle(.claimed(isWanted: false)) == [])
        #expect(unwanted.lifecycle.state == .idle)
        #expect(unwanted.demand().1 == [.launch(generation: 101)])
    }

    @Test func ordersForATenantThatHasNotMovedYetAreKept() {
        var restarted = Life(isOurs: false)
        #expect(restarted.handle(.restart) == [])
        #expect(restarted.handle(.claimed(isWanted: false)) == [.launch(generation: 101)])

        var held = Life(isOurs: false)
        #expect(held.handle(.stop(.drain)) == [.refuse(.stopped)])
        #expect(held.handle(.claimed(isWanted: true)) == [])
        #expect(held.demand().0 == .stopped)
        #expect(held.handle(.allow(.drain)) == [])
        #expect(held.demand().1 == [.launch(generation: 101)])

        var allowed = Life(isOurs: false)
        _ = allowed.handle(.stop(.drain))
        _ = allowed.handle(.allow(.drain))
        // It is still the gateway's before.
        #expect(allowed.lifecycle.state == .moving)
    }

    @Test func whatHasMovedStartsNoMore() {
        var life = Life.ready()
        #expect(life.handle(.stop(.moved)) == [.retire, .terminate, .refuse(.moved)])
        #expect(life.demand().0 == .moved)
        let ended = life.handle(.exited(generation: life.generation, isClean: true, isWanted: true))
        #expect(ended == [.drop, .refuse(.moved)])
        #expect(!life.lifecycle.hasProcess)
        #expect(life.handle(.restart) == [])
        #expect(life.demand().0 == .moved)
    }
}
