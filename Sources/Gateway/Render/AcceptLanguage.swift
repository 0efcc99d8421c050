package import Shared

extension LanguageCode {
    /// The language of a page: what the person chose (cookie), else the user's own, else what the browser asks for,
    /// else Spanish.
    package static func chosen(cookie: String?, user: LanguageCode?, acceptLanguage: String?) -> LanguageCode {
        cookie.flatMap(LanguageCode.init(rawValue:)) ?? user
            ?? acceptLanguage.flatMap(LanguageCode.init(acceptLanguage:)) ?? .spanish
    }

    /// The best language of an `Accept-Language` header (RFC 9110 §12.5.4); nil when it wants none that we speak.
    ///
    /// Of equal weights the first wins; `*` stands for Spanish; a language of weight 0 is refused.
    package init?(acceptLanguage header: String) {
        var best: (language: LanguageCode, weight: Double)?
        for part in header.prefix(1_000).split(separator: ",") {
            let pieces = part.split(separator: ";").map { $0.trimmed }
            guard let tag = pieces.first?.lowercased() else { continue }
            let weight = pieces.dropFirst().first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 } ?? 1
            let primary = tag.split(separator: "-").first.map(String.init) ?? tag
            guard let language = primary == "*" ? .spanish : LanguageCode(rawValue: primary), weight > 0 else {
                continue
            }
            if weight > (best?.weight ?? 0) { best = (language, weight) }
        }
        guard let best else { return nil }
        self = best.language
    }
}

extension Substring {
    fileprivate var trimmed: String {
        String(drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
    }
}
