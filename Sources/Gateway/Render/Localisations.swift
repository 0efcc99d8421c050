package import Foundation
package import Shared

/// All languages, loaded once.
package struct Localisations: Sendable {
    private let spanish: Localisation
    private let english: Localisation

    /// Reads `<code>.json` of every language from a folder.
    ///
    /// - Throws: `RenderingError` when a file is missing or is no object of texts.
    package init(folder: URL) throws {
        func load(_ language: LanguageCode) throws -> Localisation {
            let file = folder.appendingPathComponent("\(language.rawValue).json")
            guard let json = try? Data(contentsOf: file) else {
                throw RenderingError.missingResources(file.lastPathComponent)
            }
            return try Localisation(language: language, tree: TextTree(json: json, file: file.lastPathComponent))
        }
        spanish = try load(.spanish)
        english = try load(.english)
    }

    package subscript(language: LanguageCode) -> Localisation {
        switch language {
        case .spanish: spanish
        case .english: english
        }
    }

    /// - Throws: `missingTexts` for the first language that lacks any of the keys.
    func require(_ keys: some Sequence<String>) throws {
        for language in LanguageCode.allCases {
            let missing = Set(keys).subtracting(self[language].tree.texts.keys).sorted()
            guard missing.isEmpty else {
                throw RenderingError.missingTexts(language: language.rawValue, keys: missing)
            }
        }
    }
}
