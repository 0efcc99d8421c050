import Glibc

/// Whose a file is.
package enum FileOwner {
    /// Gives a file that takes another's place to that one's owner and group, where this process may; so that whoever read
    /// the old one, such as a gateway with a user of its own, reads the new one that root has written.
    package static func take(from path: String, for draft: String) {
        var status = stat()
        guard geteuid() == 0, lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return }
        _ = lchown(draft, status.st_uid, status.st_gid)
    }
}
