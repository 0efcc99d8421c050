import Shared

/// What a tile shows instead of its figures when they could not be had.
struct TileFailure {
    let title: String
    let detail: String

    init(code: String, _ texts: FaultTexts, _ language: LanguageCode) {
        (title, detail) = texts.text(ofCode: code, in: language)
    }
}

/// One tile: its figures, or why there are none.
struct Tile<Content> {
    let id: String
    let title: String
    let content: Content?
    let failure: TileFailure?
}

/// What all tiles of one answer are made with.
struct TileContext {
    let localisation: Localisation
    let faultTexts: FaultTexts
    /// Makes the address of the page narrowed to one line.
    let lineAddress: (Int64) -> String

    /// The tile of a reply; an answer that lacks it (nil) failed.
    func tile<Body: Decodable, Content>(
        _ kind: WidgetKind,
        _ title: TextKey,
        _ reply: WidgetReply<Body>?,
        _ content: (Body) -> Content
    ) -> Tile<Content> {
        let title = localisation.text(title)
        let id = "tile-\(kind.rawValue)"
        switch reply ?? .failed(code: FaultCode.internal.rawValue) {
        case .loaded(let body):
            return Tile(id: id, title: title, content: content(body), failure: nil)
        case .failed(let code):
            let failure = TileFailure(code: code, faultTexts, localisation.language)
            return Tile(id: id, title: title, content: nil, failure: failure)
        }
    }
}
