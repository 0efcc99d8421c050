import Dispatch
import Foundation
import Identity
import Shared
import Synchronization

/// Checks and hashes passwords on few threads of low priority, so that a flood of sign-ins slows only sign-ins.
///
/// A check takes 40 ms of a core: one at a time on two cores or fewer, otherwise two.
final class PasswordChecks: Sendable {
    /// Who may be at it or wait at one time; further ones are refused at once.
    static let places = 64
    /// How nice the threads are (setpriority(2)): on a busy machine they get about a tenth of what others get.
    private static let niceness: Int32 = 10

    /// A place in the queue, given back when it is dropped.
    struct Place: ~Copyable {
        fileprivate let taken: Taken

        deinit { taken.count.wrappingSubtract(1, ordering: .relaxed) }
    }

    fileprivate final class Taken: Sendable {
        let count = Atomic<Int>(0)
    }

    /// What the threads take their work from; nil as work ends one of them.
    private final class Work: Sendable {
        private let waiting = Mutex<[(@Sendable () -> Void)?]>([])
        private let isThere = DispatchSemaphore(value: 0)

        func add(_ job: (@Sendable () -> Void)?) {
            waiting.withLock { $0.append(job) }
            isThere.signal()
        }

        func next() -> (@Sendable () -> Void)? {
            isThere.wait()
            return waiting.withLock { $0.removeFirst() }
        }
    }

    private let taken = Taken()
    private let work = Work()
    private let threads = ProcessInfo.processInfo.activeProcessorCount > 2 ? 2 : 1

    init() {
        for _ in 0..<threads {
            let work = work
            Thread.detachNewThread {
                Thread.current.name = "passwords"
                // Of this thread alone, on Linux; where the system does not let it, passwords are checked all the same.
                setpriority(Int32(PRIO_PROCESS.rawValue), 0, Self.niceness)
                while let job = work.next() { job() }
            }
        }
    }

    deinit {
        for _ in 0..<threads { work.add(nil) }
    }

    /// A place for one check, to be taken before anything is spent on it.
    ///
    /// - Throws: `overloaded` when too many wait.
    func takePlace() throws(Fault) -> Place {
        let place = Place(taken: taken)
        guard taken.count.wrappingAdd(1, ordering: .relaxed).newValue <= Self.places else {
            // Not all after the same time, or they would come again at once.
            throw Fault(code: .overloaded, retryAfterSeconds: .random(in: 2...6))
        }
        return place
    }

    /// Whether a password is the one of a hash; without a hash it takes the same time and is false.
    ///
    /// - Parameter attempt: what a wrong one counts for. It is asked again when it is this check's turn, because those
    ///   before it may have locked the account meanwhile: so nobody gets more tries by making them at once.
    func check(
        _ password: String, against hash: PasswordHash?, in place: consuming Place,
        counting attempt: SignInAttempts.Attempt? = nil
    ) async throws(Fault) -> Bool {
        let outcome: Result<Bool, Fault> = await withCheckedContinuation { continuation in
            work.add {
                do throws(Fault) {
                    try attempt?.check()
                } catch {
                    return continuation.resume(returning: .failure(error))
                }
                let isRight: Bool
                if let hash {
                    isRight = hash.verify(password)
                } else {
                    PasswordHash.verifyNobody(password)
                    isRight = false
                }
                if !isRight { attempt?.countFailure() }
                continuation.resume(returning: .success(isRight))
            }
        }
        return try outcome.get()
    }

    /// The hash of a new password.
    ///
    /// - Throws: `overloaded` when too many wait, or there is no memory for one.
    func hash(_ password: String) async throws(Fault) -> PasswordHash {
        let place = try takePlace()
        let hash: PasswordHash? = await withCheckedContinuation { continuation in
            work.add { continuation.resume(returning: try? PasswordHash(password: password)) }
        }
        _ = consume place
        guard let hash else { throw Fault(code: .overloaded, retryAfterSeconds: 2) }
        return hash
    }

    /// The same, for whoever has no place yet.
    func check(_ password: String, against hash: PasswordHash?) async throws(Fault) -> Bool {
        try await check(password, against: hash, in: try takePlace())
    }
}
