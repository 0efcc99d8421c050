/// The page where people sign in; works without JavaScript.
package struct SignInPage: Sendable {
    package enum Step: Sendable {
        /// Fields `username`, `password`.
        case password
        /// Fields `otp_ticket`, `otp` (a one-time code or a recovery code).
        case oneTimeCode(ticket: String)
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

    package init(
        step: Step = .password,
        failure: Failure? = nil,
        username: String = "",
        next: String? = nil,
        csrfToken: String,
        isSignedOut: Bool = false
    ) {
        self.step = step
        self.failure = failure
        self.username = username
        self.next = next
        self.csrfToken = csrfToken
        self.isSignedOut = isSignedOut
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
        switch signIn.step {
        case .password: ticket = nil
        case .oneTimeCode(let value): ticket = value
        }
    }
}
