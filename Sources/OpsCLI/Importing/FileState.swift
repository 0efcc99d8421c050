import Foundation

/// By what it is seen that a file is still the one that was read.
struct FileState: Equatable {
    private let inode: Int?
    private let length: Int?
    private let changedAt: Date?

    init(of path: String) throws(OpsFailure) {
        // Of the file that a link names.
        let file = URL(filePath: path).resolvingSymlinksInPath().path(percentEncoded: false)
        guard let found = try? FileManager.default.attributesOfItem(atPath: file) else {
            throw OpsFailure("\(path) cannot be read")
        }
        switch found[.type] as? FileAttributeType {
        case .typeRegular?: break
        case .typeDirectory?: throw OpsFailure("\(path) is a folder, and no file to import")
        default: throw OpsFailure("\(path) is no regular file, and files are read twice: write it to one first")
        }
        inode = found[.systemFileNumber] as? Int
        length = found[.size] as? Int
        changedAt = found[.modificationDate] as? Date
    }
}
