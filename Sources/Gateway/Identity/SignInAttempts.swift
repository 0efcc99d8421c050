import Shared
import Synchronization

/// Counts wrong passwords per account and per address, and locks both out for a while.
final class SignInAttempts: Sendable {
    static let failuresPerAccount = 5
    static let failuresPerAddress = 30
    static let window: Int64 = 15 * 60 * 1_000_000
    private static let capacity = 100_000

    private enum Key: Hashable {
        case account(String)
        case address(ClientAddress)

        var limit: Int {
            switch self {
            case .account: SignInAttempts.failuresPerAccount
            case .address: SignInAttempts.failuresPerAddress
            }
        }
    }

    private let failures = Mutex<[Key: [Int64]]>([:])
    private let now: @Sendable () -> Int64

    /// - Parameter now: microseconds of a clock that never goes back.
    init(now: @escaping @Sendable () -> Int64) {
        self.now = now
    }

    /// - Throws: `tooManyAttempts` with the seconds until the next try, also for the right password.
    func check(account: String, address: ClientAddress) throws(Fault) {
        let now = now()
        let wait = failures.withLock { failures in
            [Key.account(account), .address(address)].map { key -> Int64 in
                let recent = (failures[key] ?? []).filter { now - $0 < Self.window }
                failures[key] = recent.isEmpty ? nil : recent
                guard recent.count >= key.limit else { return 0 }
                return recent[recent.count - key.limit] + Self.window - now
            }.max() ?? 0
        }
        if wait > 0 {
            throw Fault(code: .tooManyAttempts, retryAfterSeconds: Int((wait + 999_999) / 1_000_000))
        }
    }

    func countFailure(account: String, address: ClientAddress) {
        let now = now()
        failures.withLock { failures in
            if failures.count >= Self.capacity {
                failures = failures.filter { entry in entry.value.contains { now - $0 < Self.window } }
            }
            failures[.account(account), default: []].append(now)
            failures[.address(address), default: []].append(now)
        }
    }

    /// A success clears the account, not the address.
    func countSuccess(account: String) {
        failures.withLock { failures in failures[.account(account)] = nil }
    }
}
