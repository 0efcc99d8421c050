import Glibc

/// How many files and sockets the process may have open.
enum OpenFileLimit {
    /// What is kept for workers, databases and logs when connections take the rest.
    private static let reserve = 512

    /// Asks the system for as many as it allows, since every client costs one; called once, before anything is opened.
    static func raise() {
        var limit = current
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// Connections of clients at the same time, at most; further ones wait to be accepted.
    static var connections: Int {
        let files = Int(clamping: current.rlim_cur)
        return max(files - reserve, files / 2)
    }

    private static var current: rlimit {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return limit
    }
}
