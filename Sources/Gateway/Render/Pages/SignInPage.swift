/// The page where people sign in; works without JavaScript.
package struct SignInPage: Sendable {
    package enum Step: Sendable {
        /// Fields `username`, `password`.
        case password
        /// Fields `otp_ticket`, `otp` (a one-time code or a recovery code).
        ///
        /// - Parameter sendsMessages: whether one can be sent to the person's telephone.
        case oneTimeCode(ticket: String, sendsMessages: Bool = false)
    }

    /// Why the last try failed.
    package enum Failure: Hashable, Sendable {
        case credentials
        case oneTimeCode
        case locked(seconds: Int)
        /// The form's protection code was missing or old.
        case expired
        case unavailable
    }

    package var step: Step
    package var failure: Failure?
    /// What was typed, to be corrected; never the password.
    package var username: String
    /// Local path to go to afterwards; already checked by the caller.
    package var next: String?
    package var csrfToken: String
    /// Whether the person has just signed out.
    package var isSignedOut: Bool
    /// Whether a code has just been sent to the person's telephone.
    package var isMessageSent: Bool

    package init(
        step: Step = .password,
        failure: Failure? = nil,
        username: String = "",
        next: String? = nil,
        csrfToken: String,
        isSignedOut: Bool = false,
        isMessageSent: Bool = false
    ) {
        self.step = step
        self.failure = failure
        self.username = username
        self.next = next
        self.csrfToken = csrfToken
        self.isSignedOut = isSignedOut
        self.isMessageSent = isMessageSent
    }
}

/// `SignInPage` as its template sees it.
struct SignInModel {
    let page: PageFrame
    let t: TextTree
    let failure: String?
    let isSignedOut: Bool
    let username: String
    let next: String?
    let csrfToken: String
    let ticket: String?
    let sendsMessages: Bool
    let isMessageSent: Bool

    init(_ signIn: SignInPage, page: PageFrame, _ localisation: Localisation) {
        self.page = page
        t = localisation.tree
        failure = signIn.failure.map { failure in
            switch failure {
            case .credentials: localisation.text(.signInErrorCredentials)
            case .oneTimeCode: localisation.text(.signInErrorOneTimeCode)
            case .expired: localisation.text(.signInErrorExpired)
            case .unavailable: localisation.text(.signInErrorUnavailable)
            case .locked(let seconds):
                localisation.text(
                    .signInErrorLocked,
                    ["wait": localisation.duration(seconds: Double(seconds))]
                )
            }
        }
        isSignedOut = signIn.isSignedOut && signIn.failure == nil
        username = signIn.username
        next = signIn.next
        csrfToken = signIn.csrfToken
        isMessageSent = signIn.isMessageSent && signIn.failure == nil
        switch signIn.step {
        case .password: (ticket, sendsMessages) = (nil, false)
        case .oneTimeCode(let value, let sends): (ticket, sendsMessages) = (value, sends)
        }
    }
}
