package import Identity

/// The page where people look after their own sign-in, language and look, and see where they are signed in; works without
/// JavaScript.
package struct AccountPage: Sendable {
    /// A form of the page, as the last part of where it is sent.
    package enum Form: String, Sendable {
        case enroll
        case confirm
        case disable
        case recoveryCodes = "recovery-codes"
        case phone
        case confirmPhone = "phone-confirm"
        case endSession = "end"
        case endOtherSessions = "end-others"
        case setPIN = "pin"
        case removePIN = "pin-remove"
    }

    /// Why a form was not accepted.
    package enum Failure: Error, Hashable, Sendable {
        case password
        case code
        case phone
        /// The message could not be sent.
        case notSent
        /// There is nothing to confirm, or nothing that codes would be for.
        case nothing
        case locked(seconds: Int)
        /// The form's protection code was missing or old.
        case expired
        /// The sign-in that was to be ended holds no longer.
        case ended
        case newPassword(PasswordRule.Fault)
        /// The new password was not typed the same twice.
        case differs
        case pin(StationPIN.Fault)
        case pinDiffers
    }

    /// What was done, told once; the raw value is in the address.
    package enum Done: String, Sendable {
        case disabled = "second_factor_disabled"
        case saved
        case passwordChanged = "password_changed"
        case sessionEnded = "session_ended"
        case otherSessionsEnded = "other_sessions_ended"
        case pinSet = "pin_set"
        case pinRemoved = "pin_removed"
    }

    /// A second factor that waits to be confirmed.
    package struct Enrolment: Sendable {
        /// The seed in letters.
        package var secret: String
        /// What the QR code says.
        package var address: String

        package init(secret: String, address: String) {
            self.secret = secret
            self.address = address
        }
    }

    package var bar: PersonBar
    package var sessions: AccountSessions
    package var hasApplication: Bool
    package var hasTelephone: Bool
    /// Whether a telephone can be enrolled.
    package var offersMessages: Bool
    /// Whether a code was sent that is to be confirmed.
    package var isTelephoneWaiting: Bool
    /// Whether the company asks people of this role for one.
    package var needsSecondFactor: Bool
    package var recoveryCodesLeft: Int
    package var enrolment: Enrolment?
    /// Shown now and never again.
    package var newRecoveryCodes: [String]
    /// Whether there is a PIN; nil for whoever can have none.
    package var hasPIN: Bool?
    package var failure: (form: Form, why: Failure)?
    /// Of the form for another password, which may have several at once.
    package var passwordFailures: [PasswordField: Failure]
    package var done: Done?

    package init(
        bar: PersonBar,
        sessions: AccountSessions,
        hasApplication: Bool = false,
        hasTelephone: Bool = false,
        offersMessages: Bool = false,
        isTelephoneWaiting: Bool = false,
        needsSecondFactor: Bool = false,
        recoveryCodesLeft: Int = 0,
        enrolment: Enrolment? = nil,
        newRecoveryCodes: [String] = [],
        hasPIN: Bool? = nil,
        failure: (form: Form, why: Failure)? = nil,
        passwordFailures: [PasswordField: Failure] = [:],
        done: Done? = nil
    ) {
        self.bar = bar
        self.sessions = sessions
        self.hasApplication = hasApplication
        self.hasTelephone = hasTelephone
        self.offersMessages = offersMessages
        self.isTelephoneWaiting = isTelephoneWaiting
        self.needsSecondFactor = needsSecondFactor
        self.recoveryCodesLeft = recoveryCodesLeft
        self.enrolment = enrolment
        self.newRecoveryCodes = newRecoveryCodes
        self.hasPIN = hasPIN
        self.failure = failure
        self.passwordFailures = passwordFailures
        self.done = done
    }
}

/// `AccountPage` as its template sees it.
struct AccountModel {
    /// A form that only asks for the password.
    struct PasswordForm {
        let action: String
        let title: String
        let lead: String
        let asksForPhone: Bool
        let failure: String?
        let isDangerous: Bool
    }

    let page: PageFrame
    let t: TextTree
    let bar: PersonBarModel
    let passwordFields: [AccountPasswordField]
    let sessions: AccountSessionsModel
    let done: String?
    let mustEnrol: Bool
    let hasSecondFactor: Bool
    let codesLeft: String
    let isShortOfCodes: Bool
    /// The first enrolment; nil once there is a factor, or one waits.
    let start: PasswordForm?
    let enrolment: Enrolment?
    let confirmFailure: String?
    let isTelephoneWaiting: Bool
    let confirmPhoneFailure: String?
    let changes: [PasswordForm]
    let newCodes: [String]
    let hasNewCodes: Bool
    let newCodesText: String
    /// Nil for whoever can have no PIN.
    let pin: PIN?

    struct PIN {
        let isSet: Bool
        let failure: String?
    }

    struct Enrolment {
        let secret: String
        let qrSize: Int
        let qrPath: String
    }

    init(_ account: AccountPage, page: PageFrame, _ localisation: Localisation) {
        self.page = page
        t = localisation.tree
        bar = PersonBarModel(account.bar, localisation)
        passwordFields = AccountPasswordField.all(failures: account.passwordFailures, localisation)
        done = account.done.map { done in
            switch done {
            case .disabled: localisation.text(.accountDoneDisabled)
            case .saved: localisation.text(.accountDoneSaved)
            case .passwordChanged: localisation.text(.accountDonePasswordChanged)
            case .sessionEnded: localisation.text(.accountDoneSessionEnded)
            case .otherSessionsEnded: localisation.text(.accountDoneOtherSessionsEnded)
            case .pinSet: localisation.text(.accountDonePinSet)
            case .pinRemoved: localisation.text(.accountDonePinRemoved)
            }
        }
        let hasSecondFactor = account.hasApplication || account.hasTelephone
        self.hasSecondFactor = hasSecondFactor
        mustEnrol = account.needsSecondFactor && !hasSecondFactor
        codesLeft = localisation.count(
            account.recoveryCodesLeft, one: .accountCodesLeftOne, other: .accountCodesLeftOther)
        isShortOfCodes = account.recoveryCodesLeft < 3
        newCodes = account.newRecoveryCodes
        hasNewCodes = !account.newRecoveryCodes.isEmpty
        newCodesText = account.newRecoveryCodes.joined(separator: "\n")

        func failure(_ form: AccountPage.Form) -> String? {
            guard let failure = account.failure, failure.form == form else { return nil }
            return failure.why.text(localisation)
        }
        func form(_ form: AccountPage.Form, _ title: TextKey, _ lead: TextKey) -> PasswordForm {
            PasswordForm(
                action: form.rawValue,
                title: localisation.text(title),
                lead: localisation.text(lead),
                asksForPhone: form == .phone,
                failure: failure(form),
                isDangerous: form == .disable
            )
        }
        sessions = AccountSessionsModel(
            account.sessions, failure: failure(.endSession) ?? failure(.endOtherSessions), localisation)
        pin = account.hasPIN.map { PIN(isSet: $0, failure: failure(.setPIN) ?? failure(.removePIN)) }
        confirmFailure = failure(.confirm)
        isTelephoneWaiting = account.isTelephoneWaiting && account.offersMessages
        confirmPhoneFailure = failure(.confirmPhone)
        let waiting = account.enrolment.flatMap { enrolment in
            QRCode(enrolment.address).map { code in
                Enrolment(secret: Self.grouped(enrolment.secret), qrSize: code.size, qrPath: code.path)
            }
        }
        enrolment = waiting
        start = hasSecondFactor ? nil : form(.enroll, .accountEnrol, .accountEnrolLead)
        var changes: [PasswordForm] = []
        if hasSecondFactor {
            changes.append(form(.recoveryCodes, .accountRenew, .accountRenewLead))
            changes.append(
                account.hasApplication
                    ? form(.enroll, .accountReplace, .accountReplaceLead)
                    : form(.enroll, .accountAddApplication, .accountEnrolLead))
        }
        if account.offersMessages {
            changes.append(
                form(.phone, account.hasTelephone ? .accountReplacePhone : .accountPhone, .accountPhoneLead))
        }
        if hasSecondFactor {
            changes.append(
                form(
                    .disable, .accountDisable,
                    account.needsSecondFactor ? .accountDisableNeededLead : .accountDisableLead))
        }
        self.changes = changes
    }

    /// In groups of four, as people read letters off a screen.
    private static func grouped(_ text: String) -> String {
        var groups: [Substring] = []
        var rest = Substring(text)
        while !rest.isEmpty {
            groups.append(rest.prefix(4))
            rest = rest.dropFirst(4)
        }
        return groups.joined(separator: " ")
    }
}

extension AccountPage.Failure {
    func text(_ localisation: Localisation) -> String {
        switch self {
        case .password: localisation.text(.accountErrorPassword)
        case .code: localisation.text(.accountErrorCode)
        case .phone: localisation.text(.accountErrorPhone)
        case .notSent: localisation.text(.accountErrorNotSent)
        case .nothing: localisation.text(.accountErrorNothing)
        case .expired: localisation.text(.accountErrorExpired)
        case .ended: localisation.text(.accountErrorEnded)
        case .newPassword(.tooShort):
            localisation.text(.accountErrorTooShort, ["n": "\(PasswordRule.fewestCharacters)"])
        case .newPassword(.tooLong): localisation.text(.accountErrorTooLong)
        case .newPassword(.containsName): localisation.text(.accountErrorContainsName)
        case .newPassword(.tooCommon): localisation.text(.accountErrorTooCommon)
        case .differs: localisation.text(.accountErrorDiffers)
        case .pin(.tooSimple): localisation.text(.accountErrorPinSimple)
        case .pin: localisation.text(.accountErrorPinForm)
        case .pinDiffers: localisation.text(.accountErrorPinDiffers)
        case .locked(let seconds):
            localisation.text(.signInErrorLocked, ["wait": localisation.duration(seconds: Double(seconds))])
        }
    }
}
