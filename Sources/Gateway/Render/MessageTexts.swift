import Shared

extension Localisations {
    /// The message that carries a code to a telephone.
    func message(code: String, in language: LanguageCode) -> String {
        self[language].text(.messageCode, ["code": code])
    }
}
