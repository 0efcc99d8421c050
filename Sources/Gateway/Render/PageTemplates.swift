import Foundation
import Mustache

/// The templates of all pages, and the texts they name.
struct PageTemplates {
    let library: MustacheLibrary
    /// Paths behind `t.` in any template.
    let textKeys: Set<String>

    init(folder: URL) throws {
        guard let files = try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        else {
            throw RenderingError.missingResources(folder.lastPathComponent)
        }
        var library = MustacheLibrary()
        var keys: Set<String> = []
        var partials: Set<String> = []
        var names: Set<String> = []
        for file in files where file.pathExtension == "mustache" {
            let text = try String(contentsOf: file, encoding: .utf8)
            let name = file.deletingPathExtension().lastPathComponent
            names.insert(name)
            try library.register(text, named: name)
            for match in text.matches(of: /\{\{\{?[#^&]?\s*t\.([a-z0-9_.]+)\s*\}/) { keys.insert(String(match.1)) }
            for match in text.matches(of: /\{\{>\s*([a-z0-9_]+)\s*\}\}/) { partials.insert(String(match.1)) }
        }
        guard partials.isSubset(of: names) else {
            throw RenderingError.missingTemplates(partials.subtracting(names).sorted())
        }
        self.library = library
        textKeys = keys
    }
}
