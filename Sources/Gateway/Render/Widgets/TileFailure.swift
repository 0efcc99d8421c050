import Shared

/// What a tile shows instead of its figures when they could not be had.
struct TileFailure {
    let title: String
    let detail: String
    /// Whether it may go well the next time.
    let isPassing: Bool

    init(code: String, _ texts: FaultTexts, _ language: LanguageCode) {
        (title, detail) = texts.text(ofCode: code, in: language)
        isPassing = code != ParameterFaultCode.archivedDetail.rawValue
    }
}
