package import Shared

/// What people read about a fault, in every language: `fault.<code>.title` and `fault.<code>.detail`.
package struct FaultTexts: Sendable {
    private let localisations: Localisations
    /// Those of fault codes at hand: a refusal is made of little else.
    private let ofFaults: [LanguageCode: [FaultCode: (title: String, detail: String)]]

    package init(_ localisations: Localisations) {
        self.localisations = localisations
        ofFaults = Dictionary(
            uniqueKeysWithValues: LanguageCode.allCases.map { language in
                (
                    language,
                    Dictionary(
                        uniqueKeysWithValues: FaultCode.allCases.map { code in
                            (code, Self.text(ofCode: code.rawValue, in: language, localisations))
                        })
                )
            })
    }

    /// Title and one sentence.
    package func text(of code: FaultCode, in language: LanguageCode) -> (title: String, detail: String) {
        ofFaults[language]?[code] ?? text(ofCode: code.rawValue, in: language)
    }

    /// One sentence, with what would be right where that is known.
    package func message(of fault: ParameterFault, in language: LanguageCode) -> String {
        let detail = text(ofCode: fault.code.rawValue, in: language).detail
        return fault.limit.map { "\(detail.dropLast(detail.hasSuffix(".") ? 1 : 0)): \($0)." } ?? detail
    }

    /// What is wrong with a row of a batch: a sentence that names the field, and one that says why.
    func message(ofRow code: String, field: String, in language: LanguageCode) -> String {
        localisations[language].text(
            .rejectedRowMessage, ["detail": text(ofCode: code, in: language).detail, "field": field])
    }

    /// - Returns: the texts of `internal` for a code that is not in the table.
    package func text(ofCode code: String, in language: LanguageCode) -> (title: String, detail: String) {
        Self.text(ofCode: code, in: language, localisations)
    }

    private static func text(
        ofCode code: String, in language: LanguageCode, _ localisations: Localisations
    ) -> (title: String, detail: String) {
        let texts = localisations[language].tree.texts
        let known = texts["fault.\(code).title"] == nil ? FaultCode.internal.rawValue : code
        return (texts["fault.\(known).title"] ?? "", texts["fault.\(known).detail"] ?? "")
    }

    /// Every key this table needs in a language.
    static var keys: [String] {
        (FaultCode.allCases.map(\.rawValue) + ParameterFaultCode.allCases.map(\.rawValue))
            .flatMap { ["fault.\($0).title", "fault.\($0).detail"] }
    }
}
