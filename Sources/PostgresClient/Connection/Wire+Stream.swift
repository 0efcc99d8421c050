import CLibPQ
import Glibc

extension Wire {
    /// Starts a statement whose rows are fetched page by page.
    func startPages(_ statement: Statement, deadline: ContinuousClock.Instant) throws(PostgresError) {
        try checkAlive()
        try send(statement, deadline: deadline)
        guard PQsetSingleRowMode(pointer) == 1 else { throw lost() }
        holdsStream = true
    }

    /// The next rows, at most `limit`; nil at the end.
    func nextPage(_ limit: Int, deadline: ContinuousClock.Instant) throws(PostgresError) -> Rows? {
        var page: ResultStorage?
        var count: Int32 = 0
        while count < limit {
            guard let result = try nextResult(until: deadline) else {
                holdsStream = false
                return page.map { Rows($0) }
            }
            switch PQresultStatus(result.pointer) {
            case PGRES_SINGLE_TUPLE:
                if let page {
                    try append(result, to: page, at: count)
                } else {
                    // A copy, as libpq lets only those grow.
                    let copy = PQcopyResult(result.pointer, PG_COPYRES_ATTRS | PG_COPYRES_TUPLES)
                    guard let copy else { throw .misuse("out of memory for a page") }
                    page = ResultStorage(copy)
                }
                count += 1
            case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: continue
            case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH: throw .misuse("COPY needs copyIn or copyOut")
            default: throw try failure(of: result, deadline: deadline)
            }
        }
        return page.map { Rows($0) }
    }

    private func append(_ row: ResultStorage, to page: ResultStorage, at position: Int32) throws(PostgresError) {
        for column in 0..<PQnfields(row.pointer) {
            let isNull = PQgetisnull(row.pointer, 0, column) == 1
            let value = isNull ? nil : PQgetvalue(row.pointer, 0, column)
            let length = isNull ? -1 : PQgetlength(row.pointer, 0, column)
            guard PQsetvalue(page.pointer, position, column, value, length) == 1 else {
                throw .misuse("out of memory for a page")
            }
        }
    }

    /// The error of a stream that failed; reads on to its end, so that the connection is ready again.
    private func failure(
        of result: ResultStorage, deadline: ContinuousClock.Instant
    ) throws(PostgresError) -> PostgresError {
        holdsStream = false
        let failure = error(of: result, .harmless, after: false)
        while try nextResult(until: deadline) != nil {}
        return failure
    }

    /// Starts a COPY; `status` is the answer that makes it one.
    private func startCopy(
        _ statement: Statement, expecting status: ExecStatusType, deadline: ContinuousClock.Instant
    ) throws(PostgresError) {
        guard statement.parameters.isEmpty else { throw .misuse("COPY takes no values") }
        try checkAlive()
        guard PQsendQuery(pointer, statement.text) == 1 else { throw lost() }
        try flush(until: deadline)
        guard let result = try nextResult(until: deadline) else { throw lost() }
        let found = PQresultStatus(result.pointer)
        if found == status {
            holdsStream = true
            return
        }
        switch found {
        case PGRES_FATAL_ERROR, PGRES_BAD_RESPONSE, PGRES_NONFATAL_ERROR:
            throw try failure(of: result, deadline: deadline)
        default: throw .misuse("the statement is not the COPY it should be")
        }
    }

    /// Starts `COPY … FROM STDIN`.
    func startCopyIn(_ statement: Statement, deadline: ContinuousClock.Instant) throws(PostgresError) {
        try startCopy(statement, expecting: PGRES_COPY_IN, deadline: deadline)
    }

    /// Sends one chunk and returns when the socket has taken it: that is the back-pressure.
    ///
    /// A row the server refuses shows at the end only: until then it drops what comes and libpq holds its answer back.
    func putCopy(_ chunk: [UInt8], deadline: ContinuousClock.Instant) throws(PostgresError) {
        if let error = interruption() { throw error }
        var offset = 0
        while offset < chunk.count {
            // In pieces, so that libpq's buffer does not grow to the size of the chunk.
            let length = min(65_536, chunk.count - offset)
            let put = chunk.withUnsafeBytes { bytes in
                PQputCopyData(
                    pointer, bytes.baseAddress.map { ($0 + offset).assumingMemoryBound(to: CChar.self) }, Int32(length))
            }
            switch put {
            case 1: offset += length
            case 0: break
            default: try throwCopyFailure(deadline: deadline)
            }
            try flush(until: deadline)
        }
        guard !deadline.hasPassed else { throw .deadlineExceeded }
    }

    /// Ends a COPY that the server refused, with the server's reason.
    private func throwCopyFailure(deadline: ContinuousClock.Instant) throws(PostgresError) -> Never {
        holdsStream = false
        while let result = try nextResult(until: deadline) {
            switch PQresultStatus(result.pointer) {
            case PGRES_COPY_IN: throw lost()
            case PGRES_COMMAND_OK: continue
            default: throw try failure(of: result, deadline: deadline)
            }
        }
        throw lost()
    }

    /// Ends the COPY well; gives the number of rows.
    func finishCopyIn(inTransaction: Bool, deadline: ContinuousClock.Instant) throws(PostgresError) -> Int {
        holdsStream = false
        if let error = interruption() { throw error }
        guard PQputCopyEnd(pointer, nil) == 1 else { try throwCopyFailure(deadline: deadline) }
        try flush(until: deadline)
        return Rows(try finish(inTransaction ? .harmless : .decisive, until: deadline)).affected
    }

    /// Ends the COPY so that nothing of it is kept.
    func abortCopyIn(deadline: ContinuousClock.Instant) throws(PostgresError) {
        holdsStream = false
        guard PQputCopyEnd(pointer, "aborted by the client") == 1 else { return }
        try flush(until: deadline)
        while try nextResult(until: deadline) != nil {}
    }

    /// Starts `COPY … TO STDOUT`.
    func startCopyOut(_ statement: Statement, deadline: ContinuousClock.Instant) throws(PostgresError) {
        try startCopy(statement, expecting: PGRES_COPY_OUT, deadline: deadline)
    }

    /// The next bytes, about `size` of them; nil at the end.
    func nextCopyChunk(size: Int, deadline: ContinuousClock.Instant) throws(PostgresError) -> [UInt8]? {
        if let error = interruption() { throw error }
        var chunk: [UInt8] = []
        chunk.reserveCapacity(size)
        while chunk.count < size {
            var buffer: UnsafeMutablePointer<CChar>?
            let length = PQgetCopyData(pointer, &buffer, 1)
            if length > 0 {
                chunk.append(contentsOf: UnsafeRawBufferPointer(start: buffer, count: Int(length)))
                PQfreemem(buffer)
            } else if length == 0 {
                if !chunk.isEmpty { return chunk }
                try wait(POLLIN, until: deadline)
                _ = PQconsumeInput(pointer)
            } else {
                if !chunk.isEmpty { return chunk }
                holdsStream = false
                _ = try finish(.harmless, until: deadline)
                return nil
            }
        }
        return chunk
    }
}
