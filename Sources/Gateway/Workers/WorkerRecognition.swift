import Synchronization

extension WorkerSupervisor {
    /// Whether a process is one of this gateway's workers: where they are the gateway's own user, that is all there is to tell
    /// by. Those of the gateway before it has to tell by itself (`GatewayBefore`).
    func isWorker(_ processID: Int32) -> Bool {
        state.withLock { state in state.slots.values.contains { $0.process?.processID == processID } }
    }
}
