/// One thing that is wrong with one parameter of a request.
package struct ParameterFault: Error, Hashable, Sendable {
    /// The parameter, or the path of a field in a body, e.g. `breaks[1].start_time`.
    package var parameter: String
    package var code: ParameterFaultCode
    /// What would be right, for people, e.g. `1…86400`.
    package var limit: String?

    package init(parameter: String, code: ParameterFaultCode, limit: String? = nil) {
        self.parameter = parameter
        self.code = code
        self.limit = limit
    }
}

/// Why a request was refused or failed, in a form that may be shown to whoever asked. What operators need beside it goes
/// to the log where the fault is made.
package struct Fault: Error, Hashable, Sendable {
    package var code: FaultCode
    /// Every parameter's fault at once, when the code is `invalid`.
    package var parameters: [ParameterFault]
    /// After how many seconds the same request may succeed, where that is known.
    package var retryAfterSeconds: Int?
    /// Which limit was met, when the code is `rateLimited` or `tooManyAttempts`.
    package var limit: LimitName?

    package init(
        code: FaultCode, parameters: [ParameterFault] = [], retryAfterSeconds: Int? = nil, limit: LimitName? = nil
    ) {
        self.code = code
        self.parameters = parameters
        self.retryAfterSeconds = retryAfterSeconds
        self.limit = limit
    }

    /// One of too many, as the limits count them.
    ///
    /// - Parameter wait: microseconds until one more would be served.
    package static func rateLimited(by limit: LimitName, wait: Int64) -> Fault {
        Fault(code: .rateLimited, retryAfterSeconds: Int((wait + 999_999) / 1_000_000), limit: limit)
    }

    package static func invalid(_ parameters: [ParameterFault]) -> Fault {
        Fault(code: .invalid, parameters: parameters)
    }

    package static func invalid(_ parameter: String, _ code: ParameterFaultCode, limit: String? = nil) -> Fault {
        Fault(code: .invalid, parameters: [ParameterFault(parameter: parameter, code: code, limit: limit)])
    }
}
