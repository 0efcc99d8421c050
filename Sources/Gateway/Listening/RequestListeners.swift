import CProcess
import Glibc
import Synchronization

/// The sockets by which requests come, from their opening until this gateway accepts no more.
final class RequestListeners: Sendable {
    private struct State {
        var isClosed = false
        /// Whether another gateway has them.
        var isGiven = false
    }

    let descriptors: [Int32]
    private let outlive: Bool
    private let state = Mutex(State())

    /// - Parameters:
    ///   - descriptors: listening sockets, which belong to whoever serves them from now on.
    ///   - outlive: whether somebody else holds them too, so that what this gateway does not accept waits for the next one.
    init(_ descriptors: [Int32], outlive: Bool) {
        self.descriptors = descriptors
        self.outlive = outlive
    }

    /// Sends them to the gateway that takes the place of this one; once, and as long as they are open.
    ///
    /// - Returns: 0 or an errno: EALREADY when another one has them or this one ends.
    func give(over connection: Int32) -> Int32 {
        state.withLock { state in
            guard !state.isClosed, !state.isGiven else { return EALREADY }
            let holders = outlive ? camet_held_by_others : camet_held_by_sender
            let refused = camet_send_descriptors(connection, descriptors, Int32(descriptors.count), holders)
            state.isGiven = refused == 0
            return refused
        }
    }

    /// The gateway that has got them is no more.
    func takeBack() {
        state.withLock { $0.isGiven = false }
    }

    /// Nobody is given them any more.
    ///
    /// - Returns: whether somebody else accepts from now on.
    func close() -> Bool {
        state.withLock { state in
            state.isClosed = true
            return state.isGiven || outlive
        }
    }
}
