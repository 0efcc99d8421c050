import Glibc
import NIOCore
import NIOPosix

/// The right to a run folder: one gateway has it at a time, until its process has ended in whatever way. The one that follows
/// it serves already while it waits for it (see `TenantClaims`), and nobody follows that one before it has it.
struct RunFolderClaim: Sendable {
    enum Failure: Error, CustomStringConvertible {
        case taken(String)
        case system(path: String, code: Int32)

        var description: String {
            switch self {
            case .taken(let folder): "another gateway serves \(folder)"
            case .system(let path, let code): "\(path): \(String(cString: strerror(code)))"
            }
        }
    }

    private let folder: String
    /// Open as long as the process lives: the lock on it is the claim.
    private let descriptor: Int32

    init(runFolder: String) throws(Failure) {
        folder = runFolder
        let path = runFolder + "/gateway.lock"
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .system(path: path, code: errno) }
    }

    /// Takes it at once.
    func take() throws(Failure) {
        guard try takeIfFree() else { throw .taken(folder) }
    }

    /// - Returns: whether it is this gateway's.
    func takeIfFree() throws(Failure) -> Bool {
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
        guard errno == EWOULDBLOCK || errno == EINTR else { throw .system(path: folder, code: errno) }
        return false
    }

    /// Waits for whoever has it to end.
    func takeWhenFree() async throws {
        try await NIOSingletons.posixBlockingThreadPool.runIfActive {
            while flock(descriptor, LOCK_EX) != 0 {
                guard errno == EINTR else { throw Failure.system(path: folder, code: errno) }
            }
        }
    }
}
