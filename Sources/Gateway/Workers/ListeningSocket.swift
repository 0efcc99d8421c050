import CProcess
import Glibc

/// Why a socket file cannot be made.
package enum ListeningSocketError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Socket addresses hold little; 100 bytes is what we promise.
    case pathTooLong(String)
    /// Another program listens there.
    case inUse(String)
    /// Something that is no socket has this name.
    case notASocket(String)
    /// The folder belongs to another user.
    case foreignFolder(String)
    case system(step: String, path: String, code: Int32)

    package var description: String {
        switch self {
        case .pathTooLong(let path): "the socket path is longer than 100 bytes: \(path)"
        case .inUse(let path): "another program listens on \(path)"
        case .notASocket(let path): "\(path) is in the way: it is not a socket"
        case .foreignFolder(let path): "\(path) belongs to another user"
        case .system(let step, let path, let code): "\(step) \(path): \(String(cString: strerror(code)))"
        }
    }
}

/// Makes listening Unix-domain sockets: mode 0600 in a folder of mode 0700.
package enum ListeningSocket {
    package static let longestPath = 100

    /// Makes the folder, and its parent if needed, and takes away what others may do in it.
    package static func makeFolder(_ path: String) throws(ListeningSocketError) {
        let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
        if !parent.isEmpty, access(parent, F_OK) != 0 { try makeFolder(parent) }
        if mkdir(path, 0o700) != 0, errno != EEXIST {
            throw .system(step: "cannot make", path: path, code: errno)
        }
        guard camet_is_own_folder(path) != 0 else { throw .foreignFolder(path) }
    }

    /// Binds and listens. A socket file that nobody listens on any more is replaced.
    ///
    /// - Parameter replacing: also one that somebody still listens on, because it can only be ours.
    /// - Returns: a descriptor that is closed when another program is started.
    package static func make(
        path: String,
        backlog: Int32 = 128,
        replacing: Bool = false
    ) throws(ListeningSocketError) -> Int32 {
        guard path.utf8.count <= longestPath else { throw .pathTooLong(path) }
        if camet_exists(path) != 0 {
            guard camet_is_socket(path) != 0 else { throw .notASocket(path) }
            if !replacing, try isAnswered(path) { throw .inUse(path) }
            unlink(path)
        }
        let descriptor = try open(path)
        let isBound = withAddress(of: path) { address, length in bind(descriptor, address, length) == 0 }
        guard isBound, chmod(path, 0o600) == 0, listen(descriptor, backlog) == 0 else {
            let code = errno
            close(descriptor)
            throw .system(step: "cannot listen on", path: path, code: code)
        }
        return descriptor
    }

    private static func isAnswered(_ path: String) throws(ListeningSocketError) -> Bool {
        let descriptor = try open(path)
        defer { close(descriptor) }
        return withAddress(of: path) { address, length in connect(descriptor, address, length) == 0 }
    }

    private static func open(_ path: String) throws(ListeningSocketError) -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(AF_UNIX, kind, 0)
        guard descriptor >= 0 else { throw .system(step: "no socket for", path: path, code: errno) }
        return descriptor
    }

    private static func withAddress<Result>(
        of path: String,
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                body(generic, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
