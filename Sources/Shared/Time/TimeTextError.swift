/// Why a text is not the date, time or instant it should be.
package enum TimeTextError: Error, Hashable, Sendable {
    /// Not of the form asked for: wrong length, separators or characters.
    case malformed
    /// Right in form, but no such day exists (2026-02-30).
    case impossibleDate
    /// Right in form, but no such time of day or offset exists (24:00, second 60, +24:00).
    case impossibleTime
    /// A date with seconds but neither `Z` nor `±HH:MM`: it names no instant.
    case missingOffset
    /// More than nine digits after the decimal point.
    case tooManyFractionDigits
    /// Before 1970, which no detection and no period may be.
    case beforeFirstYear
    /// After the last year there is room for: 9999 for an instant, 9998 for an end of a period.
    case afterLastYear
}
