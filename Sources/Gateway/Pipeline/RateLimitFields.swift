import Shared

/// What an answer tells of the limits it was counted by: the fields `RateLimit-Policy` and `RateLimit`
/// (draft-ietf-httpapi-ratelimit-headers-09), both lists of structured fields with one member per limit.
///
/// `q` is the quota, `w` its window in seconds, `r` what is left of it, `t` the seconds until all of it is there again.
struct RateLimitFields: Equatable, Sendable {
    /// How one limit stands.
    struct State: Equatable, Sendable {
        let name: LimitName
        let left: Int
        /// Microseconds until the whole quota is there again; nil where time does not bring it back.
        let recovery: Int64?
    }

    /// Members of `RateLimit-Policy`.
    private(set) var policy: String
    /// Of `RateLimit`.
    private(set) var states: [State]

    /// Members of `RateLimit`.
    var state: String {
        var text: [UInt8] = []
        appendState(to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// - Parameters:
    ///   - window: seconds; nil for what is counted at one time.
    ///   - unit: of the quota, where it is not requests.
    static func quota(_ name: LimitName, of quota: Int, window: Int?, unit: String? = nil) -> String {
        let unit = unit.map { ";qu=\"\($0)\"" } ?? ""
        let window = window.map { ";w=\($0)" } ?? ""
        return "\"\(name.rawValue)\";q=\(quota)\(unit)\(window)"
    }

    /// - Parameters:
    ///   - policy: the quota, as `quota` writes it; of several limits their quotas, as a list.
    ///   - states: of the limits, in the same order.
    init(_ policy: String, _ states: State...) {
        self.policy = policy
        self.states = states
    }

    /// Tells of one more limit.
    mutating func add(_ other: RateLimitFields) {
        policy += ", " + other.policy
        states += other.states
    }

    /// Appends both as lines of a head of HTTP/1.1.
    func append(to head: inout [UInt8]) {
        head.append(literal: "RateLimit-Policy: ")
        head.append(text: policy)
        head.append(literal: "\r\nRateLimit: ")
        appendState(to: &head)
        head.append(literal: "\r\n")
    }

    /// Piece by piece: it is written anew for every answer, and strings cost several times as much.
    private func appendState(to text: inout [UInt8]) {
        for (number, state) in states.enumerated() {
            text.append(literal: number == 0 ? "\"" : ", \"")
            text.append(text: state.name.rawValue)
            text.append(literal: "\";r=")
            text.append(decimal: Int64(state.left))
            guard let recovery = state.recovery else { continue }
            text.append(literal: ";t=")
            text.append(decimal: (recovery + 999_999) / 1_000_000)
        }
    }
}
