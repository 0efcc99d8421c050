import HTTPTypes
import Shared

/// What an answer tells of the limits it was counted by: the fields `RateLimit-Policy` and `RateLimit`
/// (draft-ietf-httpapi-ratelimit-headers-09), both lists of structured fields with one member per limit.
///
/// `q` is the quota, `w` its window in seconds, `r` what is left of it, `t` the seconds until all of it is there again.
struct RateLimitFields: Equatable, Sendable {
    private(set) var policy: String
    private(set) var state: String

    /// - Parameters:
    ///   - policies: members of `RateLimit-Policy`.
    ///   - states: members of `RateLimit`.
    init(policies: [String], states: [String]) {
        policy = policies.joined(separator: ", ")
        state = states.joined(separator: ", ")
    }

    /// - Parameters:
    ///   - window: seconds; nil for what is counted at one time.
    ///   - unit: of the quota, where it is not requests.
    static func quota(_ name: LimitName, of quota: Int, window: Int?, unit: String? = nil) -> String {
        let unit = unit.map { ";qu=\"\($0)\"" } ?? ""
        let window = window.map { ";w=\($0)" } ?? ""
        return "\"\(name.rawValue)\";q=\(quota)\(unit)\(window)"
    }

    /// - Parameter recovery: microseconds until the whole quota is there again; nil where time does not bring it back.
    static func standing(_ name: LimitName, left: Int, recovery: Int64?) -> String {
        let time = recovery.map { ";t=\(($0 + 999_999) / 1_000_000)" } ?? ""
        return "\"\(name.rawValue)\";r=\(left)\(time)"
    }

    /// Tells of one more limit.
    mutating func add(policy: String, state: String) {
        self.policy += ", " + policy
        self.state += ", " + state
    }

    func add(to headers: inout HTTPFields) {
        headers[.rateLimitPolicy] = policy
        headers[.rateLimit] = state
    }
}
