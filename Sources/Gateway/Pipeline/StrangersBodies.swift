import Shared
import Synchronization

/// Bounds how much memory the bodies of people whom nobody knows yet take together.
///
/// The first bytes of each, in which any sign-in fits, are not counted: a connection may hold as much in a head. What a body
/// has beyond them comes out of one store for all, so that whoever fills it keeps nobody from signing in.
final class StrangersBodies: Sendable {
    /// Of each body, not counted.
    static let freeBytes = 16 * 1_024

    /// What one request has taken; given back when nobody holds it any more.
    final class Share: Sendable {
        private let store: StrangersBodies
        private let taken = Atomic(0)

        fileprivate init(_ store: StrangersBodies) {
            self.store = store
        }

        deinit { store.giveBack(taken.load(ordering: .relaxed)) }

        /// Takes what a body of so many bytes needs.
        ///
        /// - Throws: `overloaded` when the others have taken all there is.
        func grow(to bytes: Int) throws(Fault) {
            let more = max(0, bytes - StrangersBodies.freeBytes) - taken.load(ordering: .relaxed)
            guard more > 0 else { return }
            try store.take(more)
            taken.add(more, ordering: .relaxed)
        }
    }

    private let capacity: Int
    private let used = Mutex(0)

    /// - Parameter capacity: bytes of all bodies together, beyond those that are free.
    init(capacity: Int = 16 << 20) {
        self.capacity = capacity
    }

    /// For the body of one request.
    func share() -> Share { Share(self) }

    private func take(_ bytes: Int) throws(Fault) {
        let isTaken = used.withLock { used in
            guard used + bytes <= capacity else { return false }
            used += bytes
            return true
        }
        if !isTaken { throw Fault(code: .overloaded, retryAfterSeconds: 1) }
    }

    private func giveBack(_ bytes: Int) {
        used.withLock { $0 -= bytes }
    }
}
