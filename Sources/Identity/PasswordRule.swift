/// What a new password must be: 12 characters to 1 024 bytes, without the user's own name or e-mail in it, and no pattern
/// that is tried first.
///
/// It asks for length and not for kinds of characters (OWASP ASVS 5.0 6.2.5). Twelve lies between the eight that ASVS 6.2.1
/// needs and the fifteen it recommends: passwords are typed at machines, five wrong ones lock the account, and of those
/// known from leaks one in a hundred is as long.
package enum PasswordRule {
    /// Why a password was refused.
    package enum Fault: Hashable, CaseIterable, Sendable, CustomStringConvertible {
        case tooShort
        case tooLong
        case containsName
        case tooCommon

        package var description: String {
            switch self {
            case .tooShort: "must have at least \(PasswordRule.fewestCharacters) characters"
            case .tooLong: "must have at most \(PasswordRule.mostBytes) bytes"
            case .containsName: "must not contain the user name or the e-mail"
            case .tooCommon: "is too easy to guess: it is made of well-known words, repetitions or rows of keys"
            }
        }
    }

    package static let fewestCharacters = 12
    package static let mostBytes = 1_024
    /// Names of fewer characters stand in ordinary words.
    private static let shortestName = 4
    /// A password of fewer pieces is guessed by whoever tries patterns.
    private static let fewestPieces = 6

    /// The first fault of a new password, or nil.
    ///
    /// - Parameters:
    ///   - names: the user's name and e-mail; the part of an address before its @ counts too.
    ///   - words: what whoever guesses would try at this place, as the company's name. Each counts as one well-known word.
    package static func fault(in password: String, names: [FoldedName], words: [String]) -> Fault? {
        if password.utf8.count > mostBytes { return .tooLong }
        if password.count < fewestCharacters { return .tooShort }
        let folded = FoldedName(password).text
        let parts = names.flatMap { name in [name.text] + name.text.split(separator: "@").prefix(1).map(String.init) }
        if parts.contains(where: { $0.count >= shortestName && folded.contains($0) }) { return .containsName }
        let pieces = PasswordPieces(password).count(knowing: words, upTo: fewestPieces)
        return pieces < fewestPieces ? .tooCommon : nil
    }
}
