import Foundation

/// A small file that only its owner may read: mode 0600 or less in a folder of mode 0700, never a symbolic link.
package struct SecretFile: Sendable {
    package let path: String

    package init(path: String) {
        self.path = path
    }

    /// Its bytes; throws when it is missing, open to others, or longer than 64 KiB.
    package func read() throws(SecretFileError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            throw errno == ENOENT ? .missing(path) : .unreadable(path, String(cString: strerror(errno)))
        }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw .unreadable(path, "not a file")
        }
        guard status.st_mode & 0o077 == 0 else { throw .openToOthers(path) }
        guard status.st_size <= Self.maximumLength else { throw .unreadable(path, "longer than 64 KiB") }
        do {
            return Array(try handle.readToEnd() ?? Data())
        } catch {
            throw .unreadable(path, "read failed")
        }
    }

    /// Its text without the line end at its end.
    package func readText() throws(SecretFileError) -> String {
        var bytes = try read()
        while let last = bytes.last, last == UInt8(ascii: "\n") || last == UInt8(ascii: "\r") { bytes.removeLast() }
        guard let text = String(validating: bytes, as: UTF8.self), !text.isEmpty else {
            throw .unreadable(path, "empty or not UTF-8")
        }
        return text
    }

    /// Creates it with mode 0600, whole or not at all; false when it is there already, which is left as it is.
    package func create(_ bytes: [UInt8]) throws(SecretFileError) -> Bool {
        let draft = try draft(bytes)
        defer { unlink(draft) }
        // link, not rename: two that create it at once must end with one file, and both know which.
        if link(draft, path) == 0 { return true }
        guard errno == EEXIST else { throw .unwritable(path, String(cString: strerror(errno))) }
        return false
    }

    /// Puts other bytes in its place, whole or not at all, also when the machine stops meanwhile; whoever reads it has the
    /// old ones or the new ones. It stays its owner's, also when root does this.
    package func replace(_ bytes: [UInt8]) throws(SecretFileError) {
        let draft = try draft(bytes)
        FileOwner.take(from: path, for: draft)
        guard rename(draft, path) == 0 else {
            let reason = String(cString: strerror(errno))
            unlink(draft)
            throw .unwritable(path, reason)
        }
        let folder = Glibc.open((path as NSString).deletingLastPathComponent, O_RDONLY | O_CLOEXEC | O_DIRECTORY)
        guard folder >= 0 else { return }
        fsync(folder)
        close(folder)
    }

    /// When it was last written; seconds since 1970.
    package func changedAt() throws(SecretFileError) -> Int {
        var status = stat()
        guard lstat(path, &status) == 0 else { throw .unreadable(path, String(cString: strerror(errno))) }
        return status.st_mtim.tv_sec
    }

    /// A new file beside it with these bytes, on the disk.
    private func draft(_ bytes: [UInt8]) throws(SecretFileError) -> String {
        let draft = "\(path).\(RandomBytes.alphanumeric(count: 8)).new"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .unwritable(path, String(cString: strerror(errno))) }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            try handle.write(contentsOf: Data(bytes))
            try handle.synchronize()
        } catch {
            unlink(draft)
            throw .unwritable(path, "write failed")
        }
        return draft
    }

    private static let maximumLength = 65536
}

/// Why a secret file could not be used; names its path, never its content.
package enum SecretFileError: Error, Hashable, Sendable, CustomStringConvertible {
    case missing(String)
    case openToOthers(String)
    case unreadable(String, String)
    case unwritable(String, String)

    package var description: String {
        switch self {
        case .missing(let path): "\(path) is missing"
        case .openToOthers(let path): "\(path) can be read by others; set its mode to 0600"
        case .unreadable(let path, let reason): "\(path) cannot be read: \(reason)"
        case .unwritable(let path, let reason): "\(path) cannot be written: \(reason)"
        }
    }
}
