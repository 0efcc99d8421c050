package import Shared

/// Why a line is not planned at an instant.
package struct IdleReason: Hashable, Sendable {
    /// What keeps it from being planned.
    package enum Kind: Hashable, Sendable {
        /// In a break of a shift.
        case breakTime(name: String)
        /// In a calendar exception of kind `closed`, whether a shift would work then or not.
        case closed(name: String)
        /// No shift works, or the line is not in commission.
        case outsideShifts
    }

    package let kind: Kind
    /// When the line is planned next; nil when it is not within the next 400 days.
    package let until: Instant?
}
