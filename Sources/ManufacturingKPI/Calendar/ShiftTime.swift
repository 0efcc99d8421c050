package import Shared

/// The time of one chosen shift in a period.
package struct ShiftTime: Hashable, Sendable {
    /// Its instances, each whole, in order of time.
    package let instances: [ShiftInstance]
    /// Where its production is counted: the instances with their breaks and closed time, cut as the period asks and
    /// at now.
    package let counted: IntervalSet
    /// Its planned time: `counted` without breaks and closed time, within the line's time in commission.
    package let planned: IntervalSet
}
