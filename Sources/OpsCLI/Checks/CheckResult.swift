/// What one check of `camet doctor` found.
struct CheckResult: Encodable, Equatable, Sendable {
    enum State: String, Encodable, Sendable {
        case ok
        /// Works, and somebody should look at it.
        case warning
        case failed
    }

    /// The subject, as `database east`.
    let check: String
    let state: State
    /// What was seen, and what to do about it.
    let detail: String

    init(_ check: String, _ state: State, _ detail: String) {
        self.check = check
        self.state = state
        self.detail = detail
    }
}
