import Shared
import Synchronization

/// Counts wrong passwords per account and per address, and locks both out for a while.
///
/// Memory is bounded, whatever names and addresses are tried: an entry is two hashes or an address, with at most as many times as
/// lock it.
/// When there are too many, those without a recent failure are forgotten first, then those with the fewest; so a lock is
/// forgotten only when nearly all that is remembered are locks.
final class SignInAttempts: Sendable {
    static let failuresPerAccount = 5
    static let failuresPerAddress = 30
    static let windowSeconds = 15 * 60
    private static let window = Int64(windowSeconds) * 1_000_000

    /// One try to sign in, as its account and its address count it.
    struct Attempt: Sendable {
        fileprivate let attempts: SignInAttempts
        fileprivate let account: Key
        fileprivate let address: Key

        /// - Throws: `tooManyAttempts` with the seconds until the next try, also for the right password.
        func check() throws(Fault) { try attempts.check(self) }

        func countFailure() { attempts.countFailure(self) }

        /// A success clears the account, not the address.
        func countSuccess() { attempts.failures.withLock { $0.remove(account) } }
    }

    /// An account or an address. Of a name two hashes are kept, 128 bits of SipHash under a random key of this process, so that
    /// an account takes 16 bytes however long its name is, and nobody can look for a name that is taken for another.
    fileprivate enum Key: Hashable {
        case account(Int, Int)
        case address(ClientAddress)

        static func account(_ name: String) -> Key {
            .account(hash(name, 0), hash(name, 1))
        }

        private static func hash(_ name: String, _ number: UInt8) -> Int {
            var hasher = Hasher()
            hasher.combine(number)
            hasher.combine(name)
            return hasher.finalize()
        }

        var failures: Int {
            switch self {
            case .account: SignInAttempts.failuresPerAccount
            case .address: SignInAttempts.failuresPerAddress
            }
        }
    }

    /// The newest failures, as many as lock at most, oldest first.
    fileprivate struct Failures {
        var limit: Int
        var times: [Int64] = []

        func recent(_ now: Int64) -> Int { times.count { now - $0 < SignInAttempts.window } }

        /// Microseconds until the next try.
        func wait(_ now: Int64) -> Int64 {
            recent(now) >= limit ? times[times.count - limit] + SignInAttempts.window - now : 0
        }

        mutating func add(_ now: Int64) {
            times.removeAll { now - $0 >= SignInAttempts.window }
            if times.count >= limit { times.removeFirst() }
            times.append(now)
        }

        /// How near it is to a lock, and of equals how new.
        func harm(_ now: Int64) -> Int64 {
            let recent = recent(now)
            guard recent > 0, let newest = times.last else { return 0 }
            return Int64(recent * 1_000 / limit) << 50 | newest & (1 << 50 - 1)
        }
    }

    fileprivate let failures: Mutex<BoundedTable<Key, Failures>>
    private let now: @Sendable () -> Int64

    /// - Parameters:
    ///   - capacity: accounts and addresses remembered, at most.
    ///   - now: microseconds of a clock that never goes back.
    init(capacity: Int = 100_000, now: @escaping @Sendable () -> Int64) {
        failures = Mutex(BoundedTable(capacity: capacity))
        self.now = now
    }

    /// How many accounts and addresses are remembered.
    var remembered: Int { failures.withLock { $0.count } }

    func attempt(account: String, address: ClientAddress) -> Attempt {
        Attempt(attempts: self, account: .account(account), address: .address(address))
    }

    /// - Throws: `tooManyAttempts` with the seconds until the next try, also for the right password.
    func check(account: String, address: ClientAddress) throws(Fault) {
        try check(attempt(account: account, address: address))
    }

    func countFailure(account: String, address: ClientAddress) {
        countFailure(attempt(account: account, address: address))
    }

    /// A success clears the account, not the address.
    func countSuccess(account: String) {
        failures.withLock { $0.remove(.account(account)) }
    }

    private func check(_ attempt: Attempt) throws(Fault) {
        let now = now()
        let (account, address) = failures.withLock { failures in
            (failures[attempt.account]?.wait(now) ?? 0, failures[attempt.address]?.wait(now) ?? 0)
        }
        let wait = max(account, address)
        guard wait > 0 else { return }
        throw Fault(
            code: .tooManyAttempts, retryAfterSeconds: Int((wait + 999_999) / 1_000_000),
            limit: account >= address ? .account : .address)
    }

    private func countFailure(_ attempt: Attempt) {
        let now = now()
        failures.withLock { failures in
            for key in [attempt.account, attempt.address] {
                failures.update(key, orMake: Failures(limit: key.failures), harm: { $0.harm(now) }) { $0.add(now) }
            }
        }
    }
}
