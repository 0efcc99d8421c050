import Foundation
import Shared

extension Instant {
    /// This moment by the system's clock.
    static var now: Instant {
        Instant(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
    }
}
