import Foundation

/// What changes when a file does: which file a path means, its length and its time. All nil where there is no file.
struct FileStamp: Equatable, Sendable {
    private let number: Int?
    private let length: Int?
    private let changed: Date?

    /// - Parameter path: a link means what it leads to.
    init(_ path: String) {
        let target = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        let attributes = try? FileManager.default.attributesOfItem(atPath: target)
        number = (attributes?[.systemFileNumber] as? NSNumber)?.intValue
        length = (attributes?[.size] as? NSNumber)?.intValue
        changed = attributes?[.modificationDate] as? Date
    }
}
