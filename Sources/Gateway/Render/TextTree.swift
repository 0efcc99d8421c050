import Foundation
import Mustache

/// The texts of one language by their path, as templates reach them: `{{t.kpi.oee}}`.
struct TextTree: Sendable {
    let texts: [String: String]
    private let children: [String: Node]

    private enum Node: Sendable {
        case text(String)
        case branch(TextTree)
    }

    /// - Throws: `RenderingError` when the file is not an object of texts and objects.
    init(json: Data, file: String) throws {
        guard let object = try JSONSerialization.jsonObject(with: json) as? [String: Any] else {
            throw RenderingError.unreadableLanguage(file: file)
        }
        try self.init(object: object, file: file)
    }

    private init(object: [String: Any], file: String) throws {
        var children: [String: Node] = [:]
        var texts: [String: String] = [:]
        for (name, value) in object {
            switch value {
            case let text as String:
                children[name] = .text(text)
                texts[name] = text
            case let object as [String: Any]:
                let branch = try TextTree(object: object, file: file)
                children[name] = .branch(branch)
                for (path, text) in branch.texts { texts["\(name).\(path)"] = text }
            default:
                throw RenderingError.unreadableLanguage(file: file)
            }
        }
        self.children = children
        self.texts = texts
    }
}

extension TextTree: MustacheParent {
    func child(named name: String) -> Any? {
        switch children[name] {
        case .text(let text): text
        case .branch(let tree): tree
        case nil: nil
        }
    }
}
