import CLibPQ

extension Wire {
    /// How a connection's death between sending and the last answer is to be told.
    enum InFlight {
        /// The statement changes nothing for good by itself: it reads, may be repeated, or is part of a transaction.
        case harmless
        /// It may have taken effect: COMMIT, or a statement of its own.
        case decisive
    }

    /// Whether a statement sent now could take effect for good by itself.
    func inFlight(_ statement: Statement) -> InFlight {
        statement.isIdempotent || PQtransactionStatus(pointer) != PQTRANS_IDLE ? .harmless : .decisive
    }

    /// Runs a statement to its end.
    func query(_ statement: Statement, deadline: ContinuousClock.Instant) throws(PostgresError) -> Rows {
        try checkAlive()
        let inTransaction = PQtransactionStatus(pointer) != PQTRANS_IDLE
        let inFlight = inFlight(statement)
        do throws(PostgresError) {
            try send(statement, deadline: deadline)
            return Rows(try finish(inFlight, until: deadline))
        } catch .server(let error) where isStale(error) {
            if let name = prepared.remove(key(of: statement)), !inTransaction { deallocate(name, until: deadline) }
            // A transaction is lost with the error; its owner begins it again and meets a fresh plan.
            if inTransaction { throw .server(error) }
            try send(statement, deadline: deadline)
            return Rows(try finish(inFlight, until: deadline))
        }
    }

    /// Whether the server's plan no longer fits the schema, or the server no longer has it.
    private func isStale(_ error: ServerError) -> Bool {
        error.sqlState == .noSuchStatement
            || (error.sqlState == .featureNotSupported && error.routine == "RevalidateCachedQuery")
    }

    private func key(of statement: Statement) -> PreparedStatements.Key {
        PreparedStatements.Key(text: statement.text, types: statement.parameters.map(\.type))
    }

    /// Sends a statement, prepared before if it should be; the results are still to be read.
    func send(_ statement: Statement, deadline: ContinuousClock.Instant) throws(PostgresError) {
        guard statement.parameters.count <= 65_535 else { throw .misuse("more than 65535 parameters") }
        var name: String?
        if statement.isPrepared {
            name = try prepare(statement, deadline: deadline)
        }
        var scratch: [UInt8] = []
        for parameter in statement.parameters { scratch.append(contentsOf: parameter.bytes ?? []) }
        // An empty value needs an address all the same: nil means null.
        if scratch.isEmpty { scratch.append(0) }
        let count = statement.parameters.count
        let lengths = statement.parameters.map { Int32($0.bytes?.count ?? 0) }
        let formats = [Int32](repeating: 1, count: count)
        let types = statement.parameters.map(\.type.oid)
        let sent = scratch.withUnsafeBytes { bytes in
            var offset = 0
            let values: [UnsafePointer<CChar>?] = statement.parameters.map { parameter in
                guard let length = parameter.bytes?.count else { return nil }
                defer { offset += length }
                return bytes.baseAddress.map { ($0 + offset).assumingMemoryBound(to: CChar.self) }
            }
            return if let name {
                PQsendQueryPrepared(pointer, name, Int32(count), values, lengths, formats, 1)
            } else {
                PQsendQueryParams(pointer, statement.text, Int32(count), types, values, lengths, formats, 1)
            }
        }
        guard sent == 1 else { throw isDead ? lost() : .misuse("libpq did not take the statement") }
        try flush(until: deadline)
    }

    /// The server's name for a statement, prepared now if it is not yet.
    private func prepare(_ statement: Statement, deadline: ContinuousClock.Instant) throws(PostgresError) -> String {
        let key = key(of: statement)
        if let name = prepared.name(of: key) { return name }
        let name = prepared.freshName()
        let types = key.types.map(\.oid)
        guard PQsendPrepare(pointer, name, statement.text, Int32(types.count), types) == 1 else {
            throw isDead ? lost() : .misuse("libpq did not take the statement")
        }
        try flush(until: deadline)
        _ = try finish(.harmless, until: deadline)
        if let evicted = prepared.insert(key, name: name) { deallocate(evicted, until: deadline) }
        return name
    }

    /// Frees a statement on the server; if that fails it costs the server memory until the connection ends, no more.
    private func deallocate(_ name: String, until deadline: ContinuousClock.Instant) {
        guard PQsendQuery(pointer, "DEALLOCATE \(name)") == 1 else { return }
        do throws(PostgresError) {
            try flush(until: deadline)
            _ = try finish(.harmless, until: deadline)
        } catch {
            // Whatever it is, the next statement meets it too and tells it.
        }
    }

    /// Runs a command of ours without values by the simple protocol.
    func command(
        _ text: StaticString, _ inFlight: InFlight = .harmless, deadline: ContinuousClock.Instant
    ) throws(PostgresError) -> ResultStorage {
        try script(text.description, inFlight, deadline: deadline)
    }

    /// Runs text by the simple protocol; several statements are one transaction unless they say otherwise.
    func script(
        _ text: String, _ inFlight: InFlight = .decisive, deadline: ContinuousClock.Instant
    ) throws(PostgresError) -> ResultStorage {
        try checkAlive()
        guard !deadline.hasPassed else { throw .deadlineExceeded }
        guard PQsendQuery(pointer, text) == 1 else { throw isDead ? lost() : .misuse("libpq did not take the text") }
        try flush(until: deadline)
        return try finish(inFlight, until: deadline)
    }

    /// Reads all results; gives the last, or throws the last error.
    ///
    /// An error may follow a result: outside a transaction the server commits after it has told the result.
    func finish(_ inFlight: InFlight, until deadline: ContinuousClock.Instant) throws(PostgresError) -> ResultStorage {
        var last: ResultStorage?
        var failure: PostgresError?
        while let result = try nextResult(until: deadline) {
            switch PQresultStatus(result.pointer) {
            case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY, PGRES_SINGLE_TUPLE:
                last = result
            case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
                throw .misuse("COPY needs copyIn or copyOut")
            default:
                failure = error(of: result, inFlight, after: last != nil)
            }
        }
        if let failure { throw failure }
        guard let last else { throw inFlight == .decisive ? .outcomeUnknown : lost() }
        return last
    }

    /// What a failed result means.
    func error(of result: ResultStorage, _ inFlight: InFlight, after earlier: Bool) -> PostgresError {
        func field(_ code: Character) -> String? {
            code.asciiValue.flatMap { PQresultErrorField(result.pointer, Int32($0)) }.map { String(cString: $0) }
        }
        let message = PQresultErrorMessage(result.pointer).map { String(cString: $0) } ?? ""
        guard let code = field("C") else {
            // Without a code it is libpq that speaks: the connection is gone.
            return inFlight == .decisive
                ? .outcomeUnknown : .unavailable(Unavailability(.connectionLost, detail: message))
        }
        let state = SQLState(code: code)
        let severity = field("V") ?? "ERROR"
        if severity != "ERROR", earlier, inFlight == .decisive { return .outcomeUnknown }
        if let reason = state.unavailability { return .unavailable(Unavailability(reason, detail: message)) }
        let error = ServerError(
            sqlState: state, severity: severity, constraint: field("n"), schema: field("s"), table: field("t"),
            column: field("c"), detail: OperatorText(message), routine: field("R"))
        return state == .diskFull ? .storageFull(error) : .server(error)
    }

    /// Commits; throws `outcomeUnknown` when the answer does not come.
    func commit(deadline: ContinuousClock.Instant) throws(PostgresError) {
        try checkAlive()
        guard !deadline.hasPassed else { throw .deadlineExceeded }
        // From here on only the answer or the deadline ends the wait: a COMMIT cannot be taken back.
        interruption = { nil }
        guard PQsendQuery(pointer, "COMMIT") == 1 else { throw lost() }
        let result: ResultStorage
        do throws(PostgresError) {
            try flush(until: deadline)
            result = try finish(.decisive, until: deadline)
        } catch {
            switch error {
            case .deadlineExceeded, .unavailable, .outcomeUnknown: throw .outcomeUnknown
            default: throw error
            }
        }
        // A transaction that had failed answers COMMIT with ROLLBACK and no error.
        guard let tag = PQcmdStatus(result.pointer), String(cString: tag) == "COMMIT" else {
            throw .misuse("the transaction had failed, its error was ignored; it was rolled back")
        }
    }
}
