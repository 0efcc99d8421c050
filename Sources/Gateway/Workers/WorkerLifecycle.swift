package import NIOCore

/// How long a worker may take for what.
package struct WorkerLifecycleLimits: Sendable {
    /// From the decision to start until the worker has answered on every connection.
    package var startDeadline: TimeAmount = .seconds(10)
    /// A worker without requests and open streams ends after this time.
    package var idleAfter: TimeAmount = .minutes(10)
    /// One that had none at all, because it was started for scheduled work, ends this long after the work.
    package var idleAfterScheduledWork: TimeAmount = .seconds(2)
    package var beatInterval: TimeAmount = .seconds(1)
    /// So many beats missed in a row are death.
    package var missedBeats = 5
    /// So many failures within `failureWindow` begin a back-off.
    package var failuresBeforeBackoff = 5
    package var failureWindow: TimeAmount = .seconds(30)
    package var shortestBackoff: TimeAmount = .seconds(1)
    package var longestBackoff: TimeAmount = .seconds(60)
    /// A worker that was ready for this time has healed: older failures are forgotten.
    package var healedAfter: TimeAmount = .seconds(30)

    package init() {}
}

/// The life of one tenant's worker: events go in, actions for the supervisor come out. It has neither timers nor
/// processes; time is what the caller says it is, and must not go backwards.
///
/// Every `launch` action is answered by exactly one `exited`, `launchFailed` or `registryAway` of its generation, whatever
/// else happens; no second worker is launched before, so that there are never two.
package struct WorkerLifecycle: Sendable {
    package enum State: Equatable, Sendable {
        /// The gateway before this one still has the tenant: no process, and none is started before it has given it up.
        case moving
        /// No process; the next request starts one.
        case idle
        case starting(deadline: NIODeadline)
        case ready(Readiness)
        /// No new requests; waiting for the process to end.
        case draining(DrainCause)
        /// No process, and none is started before `until`.
        case backingOff(until: NIODeadline)
        /// No process, and none is started until nothing holds it any more.
        case stopped
    }

    package struct Readiness: Equatable, Sendable {
        package var since: NIODeadline
        package var lastUse: NIODeadline
        package var nextBeat: NIODeadline
        /// Whether anybody but the schedule has used it, or wanted it started.
        package var isKept: Bool
        package var missedBeats = 0
        package var isBeatOutstanding = false
    }

    package enum DrainCause: String, CaseIterable, Equatable, Sendable {
        /// It was not used for long.
        case idle
        /// Another tenant's worker needs the place or the memory, and this one was not used.
        case room
        /// A new one is wanted in its place.
        case restart
        /// Something holds the tenant's worker.
        case stop
        /// The worker said that it drains.
        case farewell
        /// A connection broke, or what came over it was no answer.
        case lost
        /// It missed its beats.
        case hung
        /// It was not ready in time.
        case late
    }

    /// Why a tenant has no worker and gets none.
    package enum Hold: Hashable, Sendable {
        /// The tenant is not served.
        case suspension
        /// An operator wants it so, until he asks for a new worker.
        case drain
        /// The gateway ends.
        case shutDown
        /// The next gateway has the tenant from now on.
        case moved
    }

    package enum Event: Sendable {
        /// The worker has proved who it is on every connection. `isForSchedule`: only scheduled work waits for it.
        case answered(generation: UInt64, isForSchedule: Bool = false)
        /// No process came to be.
        case launchFailed(generation: UInt64, isWanted: Bool)
        /// No process came to be because the registry of tenants cannot be asked now. That is no fault of the worker's: no
        /// failure is counted, and the next request tries again.
        case registryAway(generation: UInt64)
        /// The process has ended. `isWanted`: requests wait for a worker. `isClean`: with the exit code of a drain.
        case exited(generation: UInt64, isClean: Bool, isWanted: Bool)
        /// A connection could not be made, broke, or was not spoken as agreed.
        case lost(generation: UInt64)
        /// The worker said that it drains.
        case farewell(generation: UInt64)
        case beatAnswered(generation: UInt64)
        /// Time has passed. `isBusy`: the worker was used since the last tick, or works on something. `isAtScheduledWork`: it does
        /// what the schedule asks for, which is let to end and is no use.
        case tick(isBusy: Bool, isAtScheduledWork: Bool = false)
        /// Another tenant needs the place, or all workers together have too much memory.
        case makeRoom
        /// A new worker is wanted: by an operator, or because what the present one was told has changed.
        case restart
        case stop(Hold)
        /// Takes back `stop` of the same.
        case allow(Hold)
        /// The gateway before this one has given the tenant up. `isWanted`: requests wait for a worker, and it has a place.
        case claimed(isWanted: Bool)
    }

    package enum Action: Equatable, Sendable {
        case launch(generation: UInt64)
        /// Hand the connections out, also to those who wait.
        case admit
        /// Hand the connections out no more; what is in flight may end.
        case retire
        /// Close the connections: nothing of this worker is served any more.
        case drop
        /// Ask the process to end, and make it end after a grace.
        case terminate
        case kill
        case beat
        /// Answer those who wait that there will be no worker now.
        case refuse(Verdict)
    }

    /// What a request finds.
    package enum Verdict: Equatable, Sendable {
        case ready
        case wait
        case backingOff(seconds: Int)
        case registryAway
        case stopped
        /// The next gateway has the tenant.
        case moved
    }

    package private(set) var state = State.idle
    /// The number of the newest worker.
    package private(set) var generation: UInt64
    /// Workers started in place of one that failed or that an operator wanted replaced.
    package private(set) var restarts = 0
    private let limits: WorkerLifecycleLimits
    private var holds: Set<Hold> = []
    private var isReplacement = false
    /// Whether the gateway before this one has given the tenant up.
    package private(set) var isOurs: Bool
    private var failures: [NIODeadline] = []
    /// How many times in a row a back-off ended in failure; 0 outside of trouble.
    private var backoffLevel = 0
    private var backoffEnd: NIODeadline?

    /// - Parameters:
    ///   - generation: no worker of the tenant has had a higher one, also under earlier gateways.
    ///   - isOurs: false when the gateway before this one has the tenant.
    package init(limits: WorkerLifecycleLimits, generation: UInt64, isOurs: Bool = true) {
        self.limits = limits
        self.generation = generation
        self.isOurs = isOurs
        state = isOurs ? .idle : .moving
    }

    /// Whether a process exists or is being made.
    package var hasProcess: Bool {
        switch state {
        case .starting, .ready, .draining: true
        case .moving, .idle, .backingOff, .stopped: false
        }
    }

    package var isAllowed: Bool { holds.isEmpty }

    package func isHeld(by hold: Hold) -> Bool { holds.contains(hold) }

    /// What requests are told while something holds it.
    private var refusal: Verdict { holds.contains(.moved) ? .moved : .stopped }

    /// A request needs the worker.
    ///
    /// - Parameter hasPlace: whether there may be one more process; when not, the request waits for a place.
    package mutating func demand(at now: NIODeadline, hasPlace: Bool = true, _ actions: inout [Action]) -> Verdict {
        switch state {
        case .ready: return .ready
        case .starting, .moving: return .wait
        case .draining: return isAllowed ? .wait : refusal
        case .stopped: return refusal
        case .backingOff(let until) where now < until: return .backingOff(seconds: seconds(until: until, from: now))
        case .idle, .backingOff:
            if hasPlace { launch(at: now, &actions) }
            return .wait
        }
    }

    package mutating func handle(
        _ event: Event,
        at now: NIODeadline,
        using random: inout some RandomNumberGenerator
    ) -> [Action] {
        var actions: [Action] = []
        switch event {
        case .answered(let number, let isForSchedule):
            guard number == generation, case .starting = state else { break }
            state = .ready(
                Readiness(since: now, lastUse: now, nextBeat: now + limits.beatInterval, isKept: !isForSchedule))
            actions = [.admit]
        case .launchFailed(let number, let isWanted):
            guard number == generation, hasProcess else { break }
            if case .draining = state {} else { countFailure(at: now, using: &random) }
            ended(at: now, isWanted: isWanted, &actions)
        case .registryAway(let number):
            guard number == generation, hasProcess else { break }
            state = isAllowed ? .idle : .stopped
            actions = [.refuse(isAllowed ? .registryAway : refusal)]
        case .exited(let number, let isClean, let isWanted):
            guard number == generation, hasProcess else { break }
            switch state {
            case .ready where isClean, .draining: break
            case .starting, .ready: countFailure(at: now, using: &random)
            case .moving, .idle, .backingOff, .stopped: break
            }
            actions = [.drop]
            ended(at: now, isWanted: isWanted, &actions)
        case .lost(let number):
            guard number == generation else { break }
            fail(.lost, at: now, using: &random, &actions)
        case .farewell(let number):
            guard number == generation, case .ready = state else { break }
            drain(.farewell, &actions)
        case .beatAnswered(let number):
            guard number == generation, case .ready(var readiness) = state else { break }
            readiness.isBeatOutstanding = false
            readiness.missedBeats = 0
            state = .ready(readiness)
        case .tick(let isBusy, let isAtScheduledWork):
            tick(at: now, isBusy: isBusy, isAtScheduledWork: isAtScheduledWork, using: &random, &actions)
        case .makeRoom:
            if case .ready = state { drain(.room, &actions) }
        case .restart:
            restart(at: now, &actions)
        case .stop(let hold):
            stop(hold, &actions)
        case .allow(let hold):
            holds.remove(hold)
            if isAllowed, case .stopped = state { state = isOurs ? .idle : .moving }
        case .claimed(let isWanted):
            isOurs = true
            guard case .moving = state else { break }
            // A replacement that was asked for meanwhile is the next worker.
            if isWanted || isReplacement { launch(at: now, &actions) } else { state = .idle }
        }
        return actions
    }

    private mutating func launch(at now: NIODeadline, _ actions: inout [Action]) {
        generation += 1
        if isReplacement { restarts += 1 }
        isReplacement = false
        backoffEnd = nil
        state = .starting(deadline: now + limits.startDeadline)
        actions.append(.launch(generation: generation))
    }

    private mutating func drain(_ cause: DrainCause, _ actions: inout [Action]) {
        state = .draining(cause)
        if cause == .restart { isReplacement = true }
        actions += [.retire, .terminate]
    }

    /// The worker is of no use any more: it is killed, and whoever waits for it is told.
    private mutating func fail(
        _ cause: DrainCause,
        at now: NIODeadline,
        using random: inout some RandomNumberGenerator,
        _ actions: inout [Action]
    ) {
        switch state {
        case .starting, .ready:
            countFailure(at: now, using: &random)
            state = .draining(cause)
            actions += [.drop, .kill]
        case .moving, .idle, .draining, .backingOff, .stopped:
            break
        }
    }

    /// The process is gone: what comes next.
    private mutating func ended(at now: NIODeadline, isWanted: Bool, _ actions: inout [Action]) {
        let isRestart = state == .draining(.restart)
        if !isAllowed {
            state = .stopped
            actions.append(.refuse(refusal))
        } else if let end = backoffEnd, now < end {
            state = .backingOff(until: end)
            actions.append(.refuse(.backingOff(seconds: seconds(until: end, from: now))))
        } else if isWanted || isRestart {
            launch(at: now, &actions)
        } else {
            state = .idle
        }
    }

    private mutating func tick(
        at now: NIODeadline,
        isBusy: Bool,
        isAtScheduledWork: Bool,
        using random: inout some RandomNumberGenerator,
        _ actions: inout [Action]
    ) {
        switch state {
        case .starting(let deadline):
            if now >= deadline { fail(.late, at: now, using: &random, &actions) }
        case .ready(var readiness):
            if now - readiness.since >= limits.healedAfter {
                failures = []
                backoffLevel = 0
            }
            if isBusy { readiness.isKept = true }
            if isBusy || isAtScheduledWork && !readiness.isKept { readiness.lastUse = now }
            if now >= readiness.nextBeat {
                if readiness.isBeatOutstanding { readiness.missedBeats += 1 }
                readiness.isBeatOutstanding = true
                // From now on, not from when it was due: a gateway that was held up must not count that as misses.
                readiness.nextBeat = now + limits.beatInterval
                actions.append(.beat)
            }
            state = .ready(readiness)
            if readiness.missedBeats >= limits.missedBeats {
                actions = []
                fail(.hung, at: now, using: &random, &actions)
            } else if !isAtScheduledWork && now - readiness.lastUse >= idleTime(of: readiness) {
                actions = []
                drain(.idle, &actions)
            }
        case .moving, .idle, .draining, .backingOff, .stopped:
            break
        }
    }

    private func idleTime(of readiness: Readiness) -> TimeAmount {
        readiness.isKept ? limits.idleAfter : min(limits.idleAfter, limits.idleAfterScheduledWork)
    }

    private mutating func restart(at now: NIODeadline, _ actions: inout [Action]) {
        failures = []
        backoffLevel = 0
        backoffEnd = nil
        switch state {
        case .starting, .ready:
            drain(.restart, &actions)
        case .idle, .backingOff:
            isReplacement = true
            launch(at: now, &actions)
        case .moving:
            isReplacement = true
        case .draining:
            if isAllowed {
                isReplacement = true
                state = .draining(.restart)
            }
        case .stopped:
            break
        }
    }

    private mutating func stop(_ hold: Hold, _ actions: inout [Action]) {
        holds.insert(hold)
        switch state {
        case .moving, .idle, .backingOff:
            state = .stopped
        case .starting, .ready:
            drain(.stop, &actions)
        case .draining:
            state = .draining(.stop)
        case .stopped:
            break
        }
        actions.append(.refuse(refusal))
    }

    private mutating func countFailure(at now: NIODeadline, using random: inout some RandomNumberGenerator) {
        isReplacement = true
        failures.removeAll { now - $0 > limits.failureWindow }
        failures.append(now)
        guard backoffLevel > 0 || failures.count >= limits.failuresBeforeBackoff else { return }
        backoffLevel = min(backoffLevel + 1, 16)
        failures = []
        let base = Double(limits.shortestBackoff.nanoseconds) * Double(UInt64(1) << UInt64(backoffLevel - 1))
        let longest = Double(limits.longestBackoff.nanoseconds)
        let delay = min(base, longest) * Double.random(in: 0.75...1.25, using: &random)
        let bounded = min(max(delay, Double(limits.shortestBackoff.nanoseconds)), longest)
        backoffEnd = now + .nanoseconds(Int64(bounded))
    }

    private func seconds(until end: NIODeadline, from now: NIODeadline) -> Int {
        max(1, Int(((end - now).nanoseconds + 999_999_999) / 1_000_000_000))
    }
}
