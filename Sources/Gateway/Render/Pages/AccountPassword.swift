import Identity

extension AccountPage {
    /// A field of the form for another password; the raw value is its name.
    package enum PasswordField: String, CaseIterable, Sendable {
        case current = "current_password"
        case new = "new_password"
        case again = "new_password_again"
    }
}

/// A field of the form for another password, as its template sees it. It never has a value: what was typed is not sent back.
struct AccountPasswordField {
    let name: String
    let label: String
    /// What kind of password it is, as password managers are told.
    let autocomplete: String
    let hint: String?
    let failure: String?
    /// What describes it to whoever hears the page.
    let describedBy: String?
    /// Whether it is the first that is to be typed anew, and so gets the keyboard.
    let isFocused: Bool

    /// The fields in their order.
    static func all(
        failures: [AccountPage.PasswordField: AccountPage.Failure], _ localisation: Localisation
    ) -> [AccountPasswordField] {
        let first = AccountPage.PasswordField.allCases.first { failures[$0] != nil }
        return AccountPage.PasswordField.allCases.map { field in
            let failure = failures[field]?.text(localisation)
            let hint = field.hint(localisation)
            let describing = [(failure, "failure"), (hint, "hint")].filter { $0.0 != nil }
            return AccountPasswordField(
                name: field.rawValue,
                label: localisation.text(field.label),
                autocomplete: field == .current ? "current-password" : "new-password",
                hint: hint,
                failure: failure,
                describedBy: describing.isEmpty
                    ? nil : describing.map { "\($0.1)-\(field.rawValue)" }.joined(separator: " "),
                isFocused: field == first
            )
        }
    }
}

extension AccountPage.PasswordField {
    fileprivate var label: TextKey {
        switch self {
        case .current: .accountPassword
        case .new: .accountNewPassword
        case .again: .accountNewPasswordAgain
        }
    }

    fileprivate func hint(_ localisation: Localisation) -> String? {
        switch self {
        case .new: localisation.text(.accountNewPasswordHint, ["n": "\(PasswordRule.fewestCharacters)"])
        case .current, .again: nil
        }
    }
}
