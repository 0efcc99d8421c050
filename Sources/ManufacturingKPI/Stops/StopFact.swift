package import Shared

/// Something a person did to the stops of a line. Never changed afterwards: what is taken back is taken back by another.
package struct StopFact: Hashable, Sendable {
    package var id: FactID
    package var edit: StopEdit
    package var author: Author
    package var recordedAt: Instant

    package init(id: FactID, edit: StopEdit, author: Author, recordedAt: Instant) {
        self.id = id
        self.edit = edit
        self.author = author
        self.recordedAt = recordedAt
    }
}

/// What can be done to stops.
package enum StopEdit: Hashable, Sendable {
    /// A stop nobody calculated, from times a person typed.
    case enter(StopTimes, StatedCause)
    /// A cause; an empty one takes an earlier one back. It never changes times.
    case justify(StopReference, StatedCause)
    /// One stop becomes two that touch.
    case split(StopReference, at: Instant)
    /// Several stops become one, with the time between them.
    case merge([StopReference])
    /// Other times, and another cause if one is given.
    case trim(StopReference, StopTimes, StatedCause?)
    case delete(StopReference)
    /// Takes one earlier edit back.
    case undo(FactID)

    /// The stops as they were that the edit was made to.
    package var references: [StopReference] {
        switch self {
        case .enter, .undo: []
        case .justify(let stop, _), .split(let stop, _), .trim(let stop, _, _), .delete(let stop): [stop]
        case .merge(let stops): stops
        }
    }
}

/// Typed times of a stop.
package struct StopTimes: Hashable, Sendable {
    package var start: Instant
    /// Nil: open until a person closes it.
    package var end: Instant?

    /// - Precondition: `end` is after `start` when given.
    package init(start: Instant, end: Instant?) {
        precondition(end.map { start < $0 } ?? true, "a stop ends after it starts")
        self.start = start
        self.end = end
    }
}

/// What a person says of why a line stood.
package struct StatedCause: Hashable, Sendable {
    package var incident: IncidentID?
    package var reason: String?

    package init(incident: IncidentID? = nil, reason: String? = nil) {
        self.incident = incident
        self.reason = reason
    }

    package var isEmpty: Bool { incident == nil && reason == nil }
}

/// Which edit made a registered stop, and which of the stops that it made.
package struct StopOrigin: Hashable, Sendable {
    package var fact: FactID
    /// From 0, in order of time.
    package var part: Int

    package init(fact: FactID, part: Int) {
        self.fact = fact
        self.part = part
    }
}

/// A stop as it was when somebody edited it: enough to repeat the edit from the facts alone.
package struct StopReference: Hashable, Sendable {
    /// Its times then, up to the moment of the edit while it had no end.
    package var interval: Interval
    /// It had no end.
    package var isOngoing: Bool
    /// Nil for a calculated stop.
    package var origin: StopOrigin?
    /// The number it was stored under.
    package var event: StopID?
    /// What was said of it; the parts made of a calculated stop keep it.
    package var cause: StopCause?

    package init(interval: Interval, isOngoing: Bool, origin: StopOrigin?, event: StopID?, cause: StopCause?) {
        self.interval = interval
        self.isOngoing = isOngoing
        self.origin = origin
        self.event = event
        self.cause = cause
    }
}
