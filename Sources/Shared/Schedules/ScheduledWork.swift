/// What is done for every tenant by the clock, whether anybody asks for it or not: the gateway knows when, the worker how.
///
/// The names are those of `scheduled_work.work` and of the metrics.
package enum ScheduledWork: String, CaseIterable, Sendable {
    /// What has changed in the stops of every line is stored, and rows that other programs wrote get the partitions of their
    /// months.
    case stops
    /// Months ahead are made, and keys of what was received are forgotten in time.
    case upkeep
}
