/// What a new password must be: 8 to 256 characters, and not the user's own name or e-mail.
package enum PasswordRule {
    /// Why a password was refused.
    package enum Fault: Hashable, Sendable, CustomStringConvertible {
        case tooShort
        case tooLong
        case sameAsName

        package var description: String {
            switch self {
            case .tooShort: "must have at least \(PasswordRule.length.lowerBound) characters"
            case .tooLong: "must have at most \(PasswordRule.length.upperBound) characters"
            case .sameAsName: "must not be the user name or the e-mail"
            }
        }
    }

    package static let length = 8...256

    /// The first fault of a new password for a user of these names, or nil.
    package static func fault(in password: String, names: [FoldedName]) -> Fault? {
        // unicodeScalars: a reader counts characters, but the bound must hold for one character of a thousand scalars.
        if password.count < length.lowerBound { return .tooShort }
        if password.unicodeScalars.count > length.upperBound { return .tooLong }
        return names.contains(FoldedName(password)) ? .sameAsName : nil
    }
}
