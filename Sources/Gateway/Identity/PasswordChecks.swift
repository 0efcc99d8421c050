import Dispatch
import Identity
import Shared
import Synchronization

/// Checks and hashes passwords one after another on a thread of its own, so that a flood of sign-ins slows only sign-ins.
final class PasswordChecks: Sendable {
    /// Checks that may wait; further ones are refused.
    private static let queueLength = 64

    private let queue = DispatchQueue(label: "password-checks", qos: .utility)
    private let waiting = Atomic<Int>(0)

    /// Whether a password is the one of a hash; without a hash it takes the same time and is false.
    ///
    /// - Throws: `overloaded` when too many checks wait.
    func check(_ password: String, against hash: PasswordHash?) async throws(Fault) -> Bool {
        try await inTurn {
            guard let hash else {
                PasswordHash.verifyNobody(password)
                return false
            }
            return hash.verify(password)
        }
    }

    /// The hash of a new password.
    ///
    /// - Throws: `overloaded` when too many checks wait, or there is no memory for one.
    func hash(_ password: String) async throws(Fault) -> PasswordHash {
        guard let hash = try await inTurn({ try? PasswordHash(password: password) }) else {
            throw Fault(code: .overloaded, retryAfterSeconds: 2)
        }
        return hash
    }

    private func inTurn<Answer: Sendable>(_ work: @escaping @Sendable () -> Answer) async throws(Fault) -> Answer {
        guard waiting.wrappingAdd(1, ordering: .relaxed).newValue <= Self.queueLength else {
            waiting.wrappingSubtract(1, ordering: .relaxed)
            throw Fault(code: .overloaded, retryAfterSeconds: 2)
        }
        defer { waiting.wrappingSubtract(1, ordering: .relaxed) }
        return await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: work()) }
        }
    }
}
