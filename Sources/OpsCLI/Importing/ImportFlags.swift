import ArgumentParser
import Foundation

/// What the values of flags of imports mean.
enum ImportFlags {
    /// What stands before the first equals sign of each, and what follows it.
    static func pairs(_ texts: [String], flag: String) throws -> [String: String] {
        var pairs: [String: String] = [:]
        for text in texts {
            guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
                throw ValidationError("\(flag) must be two texts with = between them")
            }
            let name = String(text[..<equals])
            guard pairs[name] == nil else { throw ValidationError("\(flag) names \(name) twice") }
            pairs[name] = String(text[text.index(after: equals)...])
        }
        return pairs
    }

    /// The path of a file about another one: beside it, or in a folder.
    static func besides(_ file: String, in folder: String?, ending: String) -> String {
        guard let folder else { return "\(file).\(ending).csv" }
        return "\(folder)/\((file as NSString).lastPathComponent).\(ending).csv"
    }
}
