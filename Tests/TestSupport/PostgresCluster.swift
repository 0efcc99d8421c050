import Glibc
package import PostgresClient
import Synchronization

/// A private throwaway PostgreSQL server: a socket in a short folder below /tmp, no TCP port, gone with this process.
///
/// A watchdog process waits on a pipe for this process to end, however it ends, then stops the server and removes the
/// folder. Methods block until done.
package final class PostgresCluster: Sendable {
    /// How people prove who they are.
    package enum Authentication: Sendable {
        /// Nobody has to.
        case trust
        /// By password; this is the superuser's.
        case scram(password: String)
    }

    /// How the server stops.
    package enum StopMode: String, Sendable {
        /// Ends sessions in order.
        case fast
        /// As a crash: recovers at the next start.
        case immediate
    }

    /// What can go wrong around the server.
    package enum Failure: Error {
        case command(String, status: Int32, log: String)
    }

    private static let programs = "/usr/lib/postgresql/15/bin"
    /// The superuser of every cluster.
    package static let superuser = "postgres"

    private static let sharedResult = Result { try PostgresCluster() }

    /// The one cluster that tests share who neither stop nor reconfigure it; made at first use.
    package static func shared() throws -> PostgresCluster { try sharedResult.get() }

    /// The folder of everything, also of the socket.
    package let folder: String
    private let authentication: Authentication
    private let watchdogPipe: Int32
    private let nextDatabase = Atomic<Int>(0)
    private let paused = Mutex<[pid_t]>([])

    /// Makes and starts a cluster.
    ///
    /// - Parameter fsync: true only where a test is about durability; it costs much time.
    package init(
        authentication: Authentication = .trust, maxConnections: Int = 60, fsync: Bool = false
    ) throws {
        var template = Array("/tmp/cpg-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Failure.command("mkdtemp", status: errno, log: "") }
        self.folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        self.authentication = authentication
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw Failure.command("pipe", status: errno, log: "") }
        // No other child may keep the pipe open.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        self.watchdogPipe = ends[1]
        defer { Glibc.close(ends[0]) }

        if getuid() == 0 { try Self.run("chown postgres: \(folder)", folder) }
        // A server that is paused could not stop.
        let goOn = "p=$(head -1 \(folder)/data/postmaster.pid) && { pkill -CONT -P $p; kill -CONT $p; }"
        let stop = "\(Self.asServer)\(Self.programs)/pg_ctl -D \(folder)/data stop -m immediate"
        _ = try Self.spawn("read line; \(goOn); \(stop); rm -rf \(folder)", input: ends[0], output: "/dev/null")
        var initialise = "\(Self.asServer)\(Self.programs)/initdb -D \(folder)/data -U \(Self.superuser) -E UTF8"
        initialise += " --locale=C.UTF-8 --no-sync --no-instructions"
        switch authentication {
        case .trust: initialise += " -A trust"
        case .scram(let password):
            try Self.run("umask 077; printf '%s' '\(password)' > \(folder)/password", folder)
            if getuid() == 0 { try Self.run("chown postgres: \(folder)/password", folder) }
            initialise += " -A scram-sha-256 --pwfile=\(folder)/password"
        }
        try Self.run(initialise, folder)
        let settings = """
            listen_addresses = ''
            unix_socket_directories = '\(folder)'
            max_connections = \(maxConnections)
            fsync = \(fsync)
            synchronous_commit = \(fsync)
            full_page_writes = \(fsync)
            shared_buffers = 64MB
            max_wal_size = 2GB
            log_min_messages = fatal
            """
        try Self.run("cat >> \(folder)/data/postgresql.conf <<'END'\n\(settings)\nEND", folder)
        try start()
    }

    deinit {
        // The watchdog sees the end of its pipe.
        Glibc.close(watchdogPipe)
    }

    /// The address for libpq, of the superuser and its database, without password.
    package var address: String { "host=\(folder) user=\(Self.superuser) dbname=postgres" }

    /// Settings to connect, as the superuser unless another is given.
    package func settings(
        database: String = "postgres", user: String? = nil, password: String? = nil
    ) -> ConnectionSettings {
        var password = password
        if case .scram(let superuserPassword) = authentication, user == nil { password = superuserPassword }
        return ConnectionSettings(
            address: address, user: user, password: password, database: database, applicationName: "camet-test")
    }

    /// Makes an empty database and gives its name, which is new.
    package func createDatabase() throws -> String {
        let name = "test_\(nextDatabase.wrappingAdd(1, ordering: .relaxed).newValue)"
        try sql("create database \(name)")
        return name
    }

    /// Runs SQL text with psql as the superuser and gives its output, rows as lines and columns separated by `|`.
    @discardableResult
    package func sql(_ text: String, database: String = "postgres") throws -> String {
        var environment = ""
        if case .scram(let password) = authentication { environment = "PGPASSWORD='\(password)' " }
        let psql = "\(environment)psql -X -q -A -t -v ON_ERROR_STOP=1 -h \(folder) -U \(Self.superuser) -d \(database)"
        return try Self.run("\(psql) <<'END_OF_SQL'\n\(text)\nEND_OF_SQL", folder)
    }

    /// Starts the server and waits until it takes connections.
    package func start() throws {
        try Self.run(
            "\(Self.asServer)\(Self.programs)/pg_ctl -D \(folder)/data -l \(folder)/log -w -t 60 -s start", folder)
    }

    /// Stops the server and waits until it has ended.
    package func stop(_ mode: StopMode = .fast) throws {
        try Self.run(
            "\(Self.asServer)\(Self.programs)/pg_ctl -D \(folder)/data -w -t 60 -s stop -m \(mode.rawValue)", folder)
    }

    /// Stops and starts.
    package func restart(_ mode: StopMode = .fast) throws {
        try stop(mode)
        try start()
    }

    /// Ends all client connections and waits until they have ended; the server goes on.
    package func killBackends() throws {
        try sql(
            """
            select count(pg_terminate_backend(pid, 5000)) from pg_stat_activity
            where backend_type = 'client backend' and pid <> pg_backend_pid()
            """)
    }

    /// Stops every process of the server in its tracks, as a hung machine would.
    package func pause() throws {
        let main = try Self.run("head -1 \(folder)/data/postmaster.pid", folder)
        let processes = try Self.run("echo \(main); pgrep -P \(main) || true", folder)
        paused.withLock { $0 = processes.split(separator: "\n").compactMap { pid_t(String($0)) } }
        paused.withLock { for process in $0 { kill(process, SIGSTOP) } }
    }

    /// Lets a paused server go on.
    package func resume() {
        paused.withLock { processes in
            for process in processes { kill(process, SIGCONT) }
            processes = []
        }
    }

    /// What goes before a command of the server, which refuses to run as root.
    private static var asServer: String {
        getuid() == 0 ? "setpriv --reuid=postgres --regid=postgres --init-groups " : ""
    }

    /// Runs a shell command to its end and gives its output without the last line feed.
    @discardableResult
    private static func run(_ command: String, _ folder: String) throws -> String {
        let number = commands.wrappingAdd(1, ordering: .relaxed).newValue
        let output = "\(folder)/command-\(number)"
        let process = try spawn("cd /; " + command, input: nil, output: output)
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        let text = contents(of: output)
        unlink(output)
        guard status == 0 else { throw Failure.command(command, status: status, log: text) }
        return text.last == "\n" ? String(text.dropLast()) : text
    }

    private static let commands = Atomic<Int>(0)

    /// Not Foundation's Process: that waits for a server started in the background, too.
    private static func spawn(_ command: String, input: Int32?, output: String) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let input {
            posix_spawn_file_actions_adddup2(&actions, input, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // Not the process's own session: an interrupt at the terminal must not end server or watchdog first.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        // POSIX_SPAWN_SETSID, which the module map of Glibc hides behind a feature macro.
        let newSession: Int16 = 0x80
        posix_spawnattr_setflags(&attributes, newSession | Int16(POSIX_SPAWN_SETSIGMASK))
        let arguments: [UnsafeMutablePointer<CChar>?] = [strdup("sh"), strdup("-c"), strdup(command), nil]
        defer { for argument in arguments { free(argument) } }
        var process = pid_t()
        let failure = posix_spawn(&process, "/bin/sh", &actions, &attributes, arguments, environ)
        guard failure == 0 else { throw Failure.command(command, status: failure, log: "") }
        return process
    }

    private static func contents(of path: String) -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "" }
        defer { Glibc.close(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = read(file, &buffer, buffer.count), count > 0 { bytes += buffer[..<count] }
        return String(decoding: bytes, as: UTF8.self)
    }
}
