package import Shared

/// One working of a shift, from its start on its start day to its end, in instants.
package struct ShiftInstance: Hashable, Sendable {
    package let shift: ShiftID
    /// The day it belongs to, also when it ends on the next.
    package let startDay: LocalDate
    package let interval: Interval
    /// In order of time, each inside `interval` and of some length; they may overlap.
    package let breaks: [Break]

    /// A break of the instance.
    package struct Break: Hashable, Sendable {
        package let name: String
        package let interval: Interval

        package init(name: String, interval: Interval) {
            self.name = name
            self.interval = interval
        }
    }
}
