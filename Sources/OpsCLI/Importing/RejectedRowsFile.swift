import Foundation

/// The rows of a file that were not stored, in a CSV file: where they stand, why, and the rows themselves.
///
/// There is none as long as there is no such row.
final class RejectedRowsFile {
    private static let header = "line,code,field,message,row\n"

    let path: String
    private(set) var length: Int
    private var handle: FileHandle?

    /// - Parameter length: what it was when the last part was acknowledged; what comes after that is taken off, since the part
    ///   it is of is sent again.
    init(path: String, length: Int) throws {
        self.path = path
        self.length = length
        let isThere = FileManager.default.fileExists(atPath: path)
        guard isThere || length == 0 else { throw OpsFailure("\(path) has been taken away since the last run") }
        if isThere {
            guard (length == 0 ? unlink(path) : truncate(path, length)) == 0 else { throw failure() }
        }
    }

    func add(line: Int, _ rejection: RowRejection, row: [UInt8]) throws {
        var bytes: [UInt8] = length == 0 ? Array(Self.header.utf8) : []
        bytes += Array("\(line),\(rejection.code),".utf8)
        for text in [Array(rejection.field.utf8), Array(rejection.message.utf8), row] {
            Self.append(text, to: &bytes)
            bytes.append(UInt8(ascii: ","))
        }
        bytes[bytes.count - 1] = 0x0A
        try write(bytes)
    }

    /// Puts all of it on the disk.
    func synchronize() throws { try handle?.synchronize() }

    private func write(_ bytes: [UInt8]) throws {
        if handle == nil {
            if !FileManager.default.fileExists(atPath: path) {
                guard
                    FileManager.default.createFile(
                        atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
                else { throw failure() }
            }
            guard let opened = FileHandle(forWritingAtPath: path) else { throw failure() }
            try opened.seekToEnd()
            handle = opened
        }
        try handle?.write(contentsOf: bytes)
        length += bytes.count
    }

    private static func append(_ text: [UInt8], to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text {
            if byte == UInt8(ascii: "\"") { bytes.append(byte) }
            bytes.append(byte)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private func failure() -> OpsFailure { OpsFailure("\(path): \(String(cString: strerror(errno)))") }
}
