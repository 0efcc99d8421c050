import CLibPQ
import Glibc

/// One connection of libpq; belongs to one thread, which may block in it.
///
/// Every wait ends at a deadline or when the thread is woken and told to stop.
final class Wire {
    let pointer: OpaquePointer
    let wake: WakeDescriptor
    let settings: ConnectionSettings
    var prepared: PreparedStatements
    /// Whether a COPY or paged result goes on between two jobs.
    var holdsStream = false
    private var isAbandoned = false
    /// Asked after each wake: why the current job should stop.
    var interruption: () -> PostgresError? = { nil }

    /// Connects; throws `unavailable`, or what `interruption` says.
    init(
        _ settings: ConnectionSettings, wake: WakeDescriptor,
        interruption: @escaping () -> PostgresError? = { nil }
    ) throws(PostgresError) {
        let deadline = ContinuousClock.now + settings.connectTimeout
        let pairs = settings.keywords
        guard
            let pointer = Self.withCStrings(
                pairs.map(\.key),
                { keys in
                    Self.withCStrings(pairs.map(\.value)) { values in PQconnectStartParams(keys, values, 1) }
                })
        else { throw .unavailable(Unavailability(.connectFailed, detail: "out of memory")) }
        self.pointer = pointer
        self.wake = wake
        self.settings = settings
        self.prepared = PreparedStatements(limit: settings.preparedLimit)
        self.interruption = interruption
        // Notices would otherwise go to standard error.
        PQsetNoticeReceiver(pointer, { _, _ in }, nil)
        PQsetErrorVerbosity(pointer, PQERRORS_VERBOSE)
        try handshake(until: deadline)
        PQsetErrorVerbosity(pointer, PQERRORS_DEFAULT)
        PQsetnonblocking(pointer, 1)
    }

    deinit {
        PQfinish(pointer)
    }

    private func handshake(until deadline: ContinuousClock.Instant) throws(PostgresError) {
        guard PQstatus(pointer) != CONNECTION_BAD else { throw connectFailure() }
        var step = PGRES_POLLING_WRITING
        while step != PGRES_POLLING_OK {
            do throws(PostgresError) {
                switch step {
                case PGRES_POLLING_READING: try wait(POLLIN, until: deadline)
                case PGRES_POLLING_WRITING: try wait(POLLOUT, until: deadline)
                default: throw connectFailure()
                }
            } catch .deadlineExceeded {
                throw .unavailable(Unavailability(.connectTimedOut))
            }
            step = PQconnectPoll(pointer)
        }
    }

    private func connectFailure() -> PostgresError {
        let message = lastMessage
        guard let state = SQLState(inVerboseMessage: message) else {
            return .unavailable(Unavailability(.connectFailed, detail: message))
        }
        return .unavailable(Unavailability(state.unavailability ?? .refused, detail: message))
    }

    var lastMessage: String { PQerrorMessage(pointer).map { String(cString: $0) } ?? "" }

    var isDead: Bool { isAbandoned || PQstatus(pointer) == CONNECTION_BAD }

    /// The error of a connection that died; `nothingSent` when no byte of the current statement had left.
    func lost(nothingSent: Bool = false) -> PostgresError {
        .unavailable(Unavailability(.connectionLost, detail: lastMessage, nothingSent: nothingSent))
    }

    /// Waits for the socket; throws `deadlineExceeded`, or what `interruption` says.
    func wait(
        _ events: Int32, until deadline: ContinuousClock.Instant, interruptible: Bool = true
    ) throws(PostgresError) {
        while true {
            let ready = wake.poll(socket: PQsocket(pointer), events: events, until: deadline)
            if ready.woken {
                wake.clear()
                if interruptible, let error = interruption() { throw error }
            }
            if ready.socket { return }
            if deadline.hasPassed { throw .deadlineExceeded }
            if ready.woken && !interruptible { return }
        }
    }

    /// Sends what is buffered, reading meanwhile, as the server may not read on until we do.
    func flush(until deadline: ContinuousClock.Instant, interruptible: Bool = true) throws(PostgresError) {
        while true {
            let left = PQflush(pointer)
            if left == 0 { return }
            guard left > 0 else {
                // The server may have said why before it closed.
                _ = PQconsumeInput(pointer)
                throw lost()
            }
            try wait(POLLIN | POLLOUT, until: deadline, interruptible: interruptible)
            guard PQconsumeInput(pointer) == 1 else { throw lost() }
        }
    }

    /// The next result of what is running, nil at its end.
    func nextResult(until deadline: ContinuousClock.Instant) throws(PostgresError) -> ResultStorage? {
        while PQisBusy(pointer) == 1 {
            try wait(POLLIN, until: deadline)
            // On failure libpq makes a result of it.
            _ = PQconsumeInput(pointer)
        }
        return PQgetResult(pointer).map { ResultStorage($0) }
    }

    /// Notices a connection that died while it was idle, before anything is sent on it.
    func checkAlive() throws(PostgresError) {
        if let error = interruption() { throw error }
        // The server's farewell may be there before the end itself, so until nothing more is to be read.
        while !isDead, wake.poll(socket: PQsocket(pointer), events: POLLIN, until: ContinuousClock.now).socket {
            readWhileIdle()
        }
        if isDead { throw lost(nothingSent: true) }
    }

    /// Reads what came while nothing ran: the end of the connection, or messages of no interest.
    func readWhileIdle() {
        guard PQconsumeInput(pointer) == 1 else { return abandon() }
        _ = PQisBusy(pointer)
        while let notification = PQnotifies(pointer) { PQfreemem(notification) }
    }

    /// Gives the connection up without asking the server.
    func abandon() {
        isAbandoned = true
    }

    /// Calls with an array of C strings, ended by nil.
    private static func withCStrings<Result>(
        _ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Result
    ) -> Result {
        let copies = strings.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        let pointers = copies.map { UnsafePointer($0) } + [nil]
        return pointers.withUnsafeBufferPointer { body($0.baseAddress) }
    }
}
