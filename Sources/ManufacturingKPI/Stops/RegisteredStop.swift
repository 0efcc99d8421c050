package import Shared

/// A stop whose times a person typed. It wins over calculated ones and is never a micro-stop.
package struct RegisteredStop: Hashable, Sendable {
    /// The number it is stored under; nil while it is not.
    package var id: StopID?
    package var start: Instant
    /// Nil: open until a person closes it.
    package var end: Instant?
    package var cause: StopCause?
    /// The edit it comes from; nil where nobody needs to know.
    package var origin: StopOrigin?

    /// - Precondition: `end` is after `start` when given.
    package init(id: StopID?, start: Instant, end: Instant?, cause: StopCause? = nil, origin: StopOrigin? = nil) {
        precondition(end.map { start < $0 } ?? true, "a registered stop ends after it starts")
        self.id = id
        self.start = start
        self.end = end
        self.cause = cause
        self.origin = origin
    }
}
