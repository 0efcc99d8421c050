import Shared
import Synchronization

/// Counts the messages sent to each telephone and for each user in an hour, so that nobody runs up a bill or pesters a
/// stranger. It is kept in memory: a gateway that starts again starts to count again.
final class SMSAllowance: Sendable {
    private static let window: Int64 = 3_600_000_000
    private static let capacity = 10_000

    private enum Key: Hashable {
        case phone(String)
        case user(UserID)
    }

    private let perHour: Int
    private let sent = Mutex<[Key: [Int64]]>([:])
    private let now: @Sendable () -> Int64

    /// - Parameter now: microseconds of a clock that never goes back.
    init(perHour: Int, now: @escaping @Sendable () -> Int64) {
        self.perHour = perHour
        self.now = now
    }

    /// Counts one message.
    ///
    /// - Throws: `rateLimited` with the seconds until one more would be sent.
    func take(_ phone: PhoneNumber, for user: UserID) throws(Fault) {
        let now = now()
        let keys = [Key.phone(phone.text), .user(user)]
        let wait = sent.withLock { sent -> Int64 in
            if sent.count >= Self.capacity {
                sent = sent.filter { entry in entry.value.contains { now - $0 < Self.window } }
            }
            var wait: Int64 = 0
            for key in keys {
                let recent = (sent[key] ?? []).filter { now - $0 < Self.window }
                sent[key] = recent.isEmpty ? nil : recent
                if recent.count >= perHour {
                    wait = max(wait, recent[recent.count - perHour] + Self.window - now)
                }
            }
            if wait == 0 {
                for key in keys { sent[key, default: []].append(now) }
            }
            return wait
        }
        if wait > 0 { throw Fault(code: .rateLimited, retryAfterSeconds: Int((wait + 999_999) / 1_000_000)) }
    }
}
