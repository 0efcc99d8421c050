/// Why the gateway cannot render its pages; it does not start then.
package enum RenderingError: Error, CustomStringConvertible, Equatable {
    case missingResources(String)
    case unreadableLanguage(file: String)
    /// Keys that templates, Swift or fault codes name and the language does not have.
    case missingTexts(language: String, keys: [String])
    case missingTemplates([String])

    package var description: String {
        switch self {
        case .missingResources(let path): "page resources are missing: \(path)"
        case .unreadableLanguage(let file): "\(file) is not an object of texts"
        case .missingTexts(let language, let keys):
            "language \(language) lacks the texts \(keys.joined(separator: ", "))"
        case .missingTemplates(let names): "templates are missing: \(names.joined(separator: ", "))"
        }
    }
}
