import HTTPTypes
package import Shared

/// What people read about a fault, in every language: `fault.<code>.title` and `fault.<code>.detail`.
package struct FaultTexts: Sendable {
    private let localisations: Localisations
    private struct FaultText {
        let title: String
        let detail: String
        /// The members of a problem document that are the same each time, as JSON without the braces.
        let members: [UInt8]
    }

    /// Those of fault codes at hand: a refusal is made of little else.
    private let ofFaults: [LanguageCode: [FaultCode: FaultText]]

    package init(_ localisations: Localisations) {
        self.localisations = localisations
        ofFaults = Dictionary(
            uniqueKeysWithValues: LanguageCode.allCases.map { language in
                (
                    language,
                    Dictionary(
                        uniqueKeysWithValues: FaultCode.allCases.map { code in
                            (code, Self.faultText(code, Self.text(ofCode: code.rawValue, in: language, localisations)))
                        })
                )
            })
    }

    /// Title and one sentence.
    package func text(of code: FaultCode, in language: LanguageCode) -> (title: String, detail: String) {
        guard let text = ofFaults[language]?[code] else { return self.text(ofCode: code.rawValue, in: language) }
        return (text.title, text.detail)
    }

    /// The members `type`, `title`, `status`, `code` and `detail` of a problem document, as JSON without the braces.
    func members(of code: FaultCode, in language: LanguageCode) -> [UInt8] {
        ofFaults[language]?[code]?.members ?? Self.faultText(code, text(of: code, in: language)).members
    }

    private static func faultText(_ code: FaultCode, _ text: (title: String, detail: String)) -> FaultText {
        var json = JSONWriter()
        json.object { json in
            json.field("type", "about:blank")
            json.field("title", text.title)
            json.field("status", Int64(code.status.code))
            json.field("code", code.rawValue)
            json.field("detail", text.detail)
        }
        return FaultText(title: text.title, detail: text.detail, members: Array(json.bytes.dropFirst().dropLast()))
    }

    /// One sentence, with what would be right where that is known.
    package func message(of fault: ParameterFault, in language: LanguageCode) -> String {
        let detail = text(ofCode: fault.code.rawValue, in: language).detail
        guard let limit = fault.limit else { return detail }
        let localisation = localisations[language]
        switch fault.code {
        case .periodTooLong:
            guard let longest = PeriodLimit(text: limit) else { return detail }
            return localisation.text(.faultLimitPeriod, ["limit": longest.words(localisation)])
        case .invalidTime:
            let forms = limit.replacing("YYYY", with: localisation.text(.faultLimitYear))
                .replacing(", ", with: localisation.text(.faultLimitOr))
            return localisation.text(.faultLimitTime, ["limit": forms])
        case .notAllowed:
            return localisation.text(.faultLimitOnlyWith, ["limit": limit])
        default:
            return "\(detail.dropLast(detail.hasSuffix(".") ? 1 : 0)): \(limit)."
        }
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

extension PeriodLimit {
    /// `7 days`, `10 years`.
    fileprivate func words(_ localisation: Localisation) -> String {
        switch self {
        case .days(let days): localisation.count(days, one: .faultLimitDaysOne, other: .faultLimitDaysOther)
        case .years(let years): localisation.count(years, one: .faultLimitYearsOne, other: .faultLimitYearsOther)
        }
    }
}
