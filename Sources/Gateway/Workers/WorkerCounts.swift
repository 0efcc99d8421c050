/// What has become of workers since the gateway started.
struct WorkerCounts: Equatable, Sendable {
    /// Processes decided on, whatever came of them.
    var starts = 0
    /// Processes that did not come to be.
    var notStarted = 0
    /// Processes that ended by themselves in a way they should not.
    var crashed = 0
    /// Processes told to end or killed, by why.
    private(set) var ended: [WorkerLifecycle.DrainCause: Int] = [:]
    var backOffs = 0

    /// Counts a change of one worker's state.
    mutating func note(from before: WorkerLifecycle.State, to after: WorkerLifecycle.State) {
        switch (before, after) {
        case (.starting, .draining(let cause)), (.ready, .draining(let cause)):
            ended[cause, default: 0] += 1
        case (.starting, .backingOff), (.ready, .backingOff), (.draining, .backingOff):
            backOffs += 1
        default:
            break
        }
    }
}
