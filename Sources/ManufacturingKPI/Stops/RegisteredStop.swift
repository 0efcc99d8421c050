package import Shared

/// A stop whose times a person typed. It wins over calculated ones and is never a micro-stop.
package struct RegisteredStop: Hashable, Sendable {
    package var id: StopID
    package var start: Instant
    /// Nil: open until a person closes it.
    package var end: Instant?
    package var cause: StopCause?

    /// - Precondition: `end` is after `start` when given.
    package init(id: StopID, start: Instant, end: Instant?, cause: StopCause? = nil) {
        precondition(end.map { start < $0 } ?? true, "a registered stop ends after it starts")
        self.id = id
        self.start = start
        self.end = end
        self.cause = cause
    }
}
