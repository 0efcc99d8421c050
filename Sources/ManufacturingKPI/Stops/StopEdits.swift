package import Shared

/// What all edits of a line's stops together come to: its registered stops, the causes given to calculated ones, and the
/// calculated time that people took away. A pure fold over the facts, in the order of their numbers.
package struct StopEdits: Hashable, Sendable {
    /// Why an edit cannot be made.
    package enum Refusal: Error, Hashable, Sendable {
        /// Two registered stops would overlap.
        case overlap
        /// A later edit builds on the one that would be taken back.
        case builtUpon
    }

    /// By start; an edit that made two overlap was never stored.
    package private(set) var registered: [RegisteredStop] = []
    /// In the order they were given.
    package private(set) var causes: [AttachedCause] = []
    /// Calculated time that edits took over or away.
    package private(set) var removed = IntervalSet()
    /// The edits that hold, without those taken back, in order.
    package private(set) var facts: [StopFact] = []
    /// The number of the newest fact, those taken back included.
    package private(set) var newest = FactID(0)

    package init() {}

    /// - Parameter facts: all of the line, in any order.
    package init(_ facts: [StopFact]) {
        var takenBack: Set<FactID> = []
        for fact in facts {
            if case .undo(let target) = fact.edit { takenBack.insert(target) }
        }
        for fact in facts.sorted(by: { $0.id < $1.id }) {
            newest = fact.id
            if case .undo = fact.edit { continue }
            if takenBack.contains(fact.id) { continue }
            self.facts.append(fact)
            apply(fact)
        }
        registered.sort { $0.start < $1.start }
    }

    /// The same with one more edit.
    ///
    /// - Throws: when the edit may not be made.
    package func adding(_ fact: StopFact) throws(Refusal) -> StopEdits {
        var edits: StopEdits
        if case .undo(let target) = fact.edit {
            let builds = facts.contains { later in
                later.id > target && later.edit.references.contains { $0.origin?.fact == target }
            }
            guard !builds else { throw .builtUpon }
            edits = StopEdits(facts.filter { $0.id != target })
            edits.newest = fact.id
        } else {
            edits = self
            edits.facts.append(fact)
            edits.newest = fact.id
            edits.apply(fact)
            edits.registered.sort { $0.start < $1.start }
        }
        guard edits.isDisjoint else { throw .overlap }
        return edits
    }

    /// Whether no two registered stops share time; an open one lasts for ever.
    package var isDisjoint: Bool {
        zip(registered, registered.dropFirst()).allSatisfy { earlier, later in
            earlier.end.map { $0 <= later.start } ?? false
        }
    }

    /// The registered stop that an edit made.
    package func stop(of origin: StopOrigin) -> RegisteredStop? {
        registered.first { $0.origin == origin }
    }

    /// The registered stop that holds an instant.
    package func registeredStop(at instant: Instant) -> RegisteredStop? {
        registered.last { $0.start <= instant && ($0.end.map { instant < $0 } ?? true) }
    }

    /// The newest edit that made a stop what it is, or that was made to the stop stored under this number.
    ///
    /// - Parameters:
    ///   - event: its number, which may be that of a stop that is no more.
    ///   - current: the stop as it is now; nil when it is no more.
    package func lastEdit(of event: StopID, current: StopReference?) -> StopFact? {
        let attached = current.flatMap { current in
            current.origin == nil ? attachedFact(over: current.interval) : nil
        }
        return facts.last { fact in
            if let current, let origin = current.origin, origin.fact == fact.id { return true }
            if attached == fact.id { return true }
            return fact.edit.references.contains { reference in
                reference.event == event || (reference.origin != nil && reference.origin == current?.origin)
            }
        }
    }

    /// The edit that made a stop from times somebody chose, whatever was said of it later; nil for a calculated one.
    package func maker(of stop: StopReference) -> StopFact? {
        guard let origin = stop.origin else { return nil }
        return facts.first { $0.id == origin.fact }
    }

    /// The edit that gave a calculated stop its cause.
    private func attachedFact(over interval: Interval) -> FactID? {
        let matcher = CauseMatcher(causes)
        return matcher.match(start: interval.start.microseconds, end: interval.end.microseconds)
            .flatMap { matcher.causes[$0].fact }
    }

    // MARK: Folding

    /// An edit of a registered stop that is no more comes to nothing.
    private mutating func apply(_ fact: StopFact) {
        switch fact.edit {
        case .enter(let times, let cause):
            add(times, cause.by(fact), fact, 0)
        case .justify(let stop, let cause):
            let given = StopCause(
                incident: cause.incident, reason: cause.reason, justifiedBy: fact.author,
                justifiedAt: fact.recordedAt)
            guard let origin = stop.origin else {
                causes.append(AttachedCause(interval: stop.interval, cause: given, fact: fact.id))
                return
            }
            guard let index = registered.firstIndex(where: { $0.origin == origin }) else { return }
            registered[index].cause = cause.isEmpty ? nil : given
        case .split(let stop, let instant):
            guard let taken = take(stop, before: stop.isOngoing ? instant : nil) else { return }
            guard taken.times.start < instant, taken.times.end.map({ instant < $0 }) ?? true else { return }
            add(StopTimes(start: taken.times.start, end: instant), taken.cause, fact, 0)
            // What still runs goes on being calculated, and keeps its cause as what follows does.
            if stop.origin == nil, stop.isOngoing { return }
            add(StopTimes(start: instant, end: taken.times.end), taken.cause, fact, 1)
        case .merge(let stops):
            merge(stops, fact)
        case .trim(let stop, let times, let cause):
            guard let taken = take(stop) else { return }
            add(times, cause.map { $0.by(fact) } ?? taken.cause, fact, 0)
        case .delete(let stop):
            _ = take(stop)
        case .undo:
            break
        }
    }

    private mutating func merge(_ stops: [StopReference], _ fact: StopFact) {
        guard let first = stops.map(\.interval.start).min() else { return }
        var isOpen = false
        var last = first
        var longest: (length: Int64, cause: StopCause)?
        for stop in stops {
            guard let taken = take(stop) else { continue }
            isOpen = isOpen || taken.times.end == nil
            last = max(last, taken.times.end ?? stop.interval.end)
            if let cause = taken.cause, cause.isStated, stop.interval.length > longest?.length ?? -1 {
                longest = (stop.interval.length, cause)
            }
        }
        guard first < last else { return }
        add(StopTimes(start: first, end: isOpen ? nil : last), longest?.cause, fact, 0)
    }

    private mutating func add(_ times: StopTimes, _ cause: StopCause?, _ fact: StopFact, _ part: Int) {
        registered.append(
            RegisteredStop(
                id: nil, start: times.start, end: times.end, cause: cause,
                origin: StopOrigin(fact: fact.id, part: part)
            )
        )
    }

    /// Takes a stop away: a registered one as it is now, a calculated one as it was, whose time is calculated no more.
    ///
    /// - Parameter limit: of a calculated stop only what lies before it.
    private mutating func take(
        _ stop: StopReference, before limit: Instant? = nil
    ) -> (times: StopTimes, cause: StopCause?)? {
        guard let origin = stop.origin else {
            let end = limit.map { min($0, stop.interval.end) } ?? stop.interval.end
            if stop.interval.start < end {
                removed = removed.union(IntervalSet(Interval(start: stop.interval.start, end: end)))
            }
            let times = StopTimes(start: stop.interval.start, end: stop.isOngoing ? nil : stop.interval.end)
            return (times, stop.cause)
        }
        guard let index = registered.firstIndex(where: { $0.origin == origin }) else { return nil }
        let taken = registered.remove(at: index)
        return (StopTimes(start: taken.start, end: taken.end), taken.cause)
    }
}

extension StatedCause {
    /// With who said it and when; nil when nothing is said.
    fileprivate func by(_ fact: StopFact) -> StopCause? {
        guard !isEmpty else { return nil }
        return StopCause(
            incident: incident, reason: reason, justifiedBy: fact.author, justifiedAt: fact.recordedAt)
    }
}

extension StopEdits {
    /// From the first to the last instant at which others than these edits say something else; nil when they say the same.
    ///
    /// - Parameter now: how far a stop without end reaches.
    package func span(changedIn others: StopEdits, now: Instant) -> Interval? {
        var touched: [Interval] = []
        let differing = Set(registered).symmetricDifference(others.registered)
        touched += differing.map { stop in
            Interval(start: stop.start, end: max(stop.start, stop.end ?? now))
        }
        touched += Set(causes).symmetricDifference(others.causes).map(\.interval)
        touched += removed.subtracting(others.removed).intervals + others.removed.subtracting(removed).intervals
        guard let start = touched.map(\.start).min(), let end = touched.map(\.end).max() else { return nil }
        return Interval(start: start, end: end)
    }
}
