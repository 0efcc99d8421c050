/// What can go wrong between this process and PostgreSQL.
///
/// Descriptions leak neither data nor SQL; `operatorDetail` has what the server said, for the operator's log.
package enum PostgresError: Error, Sendable, Equatable {
    /// The database cannot be reached now, or the connection was lost and nothing took effect; later may work.
    case unavailable(Unavailability)
    /// The deadline passed; whatever ran was cancelled on the server.
    case deadlineExceeded
    /// The task was cancelled; whatever ran was cancelled on the server.
    case cancelled
    /// The server refused the statement.
    case server(ServerError)
    /// The server's disk or its quota is full (53100); nothing of the statement was kept.
    case storageFull(ServerError)
    /// A value was not of the type, or null, where the program said otherwise.
    case decoding(DecodingFailure)
    /// Too many are waiting for a connection already.
    case poolExhausted
    /// The pool or connection was closed by this process.
    case closed
    /// The connection died while a COMMIT, or a statement outside a transaction, was in flight: it may have taken
    /// effect.
    case outcomeUnknown
    /// A name is not `^[a-z_][a-z0-9_]{0,62}$`.
    case invalidIdentifier
    /// The program used the connection wrongly, as binding values to COPY; says what.
    case misuse(StaticMessage)

    /// Whether the same work may succeed when done again soon, as nothing of it took effect.
    package var isRetryable: Bool {
        switch self {
        case .unavailable, .poolExhausted: true
        case .server(let error): error.sqlState == .serializationFailure || error.sqlState == .deadlockDetected
        case .deadlineExceeded, .cancelled, .storageFull, .decoding, .closed, .outcomeUnknown, .invalidIdentifier,
            .misuse:
            false
        }
    }

    /// What the server or the library said; may hold data and names, so only for the operator's log.
    package var operatorDetail: String? {
        switch self {
        case .unavailable(let unavailability): unavailability.detail.text
        case .server(let error), .storageFull(let error): error.detail.text
        case .deadlineExceeded, .cancelled, .decoding, .poolExhausted, .closed, .outcomeUnknown, .invalidIdentifier,
            .misuse:
            nil
        }
    }
}

extension PostgresError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unavailable(let unavailability): "database unavailable (\(unavailability.reason))"
        case .deadlineExceeded: "deadline exceeded"
        case .cancelled: "cancelled"
        case .server(let error): "refused by the server: \(error)"
        case .storageFull: "the database's storage is full"
        case .decoding(let failure): "decoding failed: \(failure)"
        case .poolExhausted: "too many wait for a connection"
        case .closed: "closed"
        case .outcomeUnknown: "the connection died; the outcome is unknown"
        case .invalidIdentifier: "not a valid identifier"
        case .misuse(let message): "misuse: \(message)"
        }
    }
}

/// Why the database cannot be reached.
package struct Unavailability: Sendable, Equatable {
    /// The kinds of reason, each asking for other help.
    package enum Reason: Sendable, Hashable {
        /// Nobody listens, or the address is wrong.
        case connectFailed
        /// The server did not finish the handshake in time.
        case connectTimedOut
        /// The server is starting up or recovering (57P03).
        case startingUp
        /// The server is being shut down, or an administrator ended the connection (57P01, 57P02).
        case shuttingDown
        /// The server has no free connection slot (53300).
        case tooManyConnections
        /// Wrong password, role, database or missing CONNECT right.
        case refused
        /// An established connection was lost.
        case connectionLost
    }

    package let reason: Reason
    let detail: OperatorText

    /// Whether no byte of the statement had been sent, so that any statement may be run again.
    let nothingSent: Bool

    init(_ reason: Reason, detail: String = "", nothingSent: Bool = false) {
        self.reason = reason
        self.detail = OperatorText(detail)
        self.nothingSent = nothingSent
    }

    package static func == (left: Unavailability, right: Unavailability) -> Bool {
        left.reason == right.reason
    }
}

/// An error the server reported for a statement.
package struct ServerError: Sendable, Equatable, CustomStringConvertible {
    package let sqlState: SQLState
    /// ERROR, FATAL or PANIC, not translated.
    package let severity: String
    package let constraint: String?
    package let schema: String?
    package let table: String?
    package let column: String?
    let detail: OperatorText
    /// The server's C function that reported it; tells apart errors that share a code.
    let routine: String?

    package var description: String {
        var text = "\(severity) \(sqlState.code)"
        if let table { text += " table \(table)" }
        if let column { text += " column \(column)" }
        if let constraint { text += " constraint \(constraint)" }
        return text
    }
}

/// Text for the operator's log alone: printing it by accident shows nothing.
package struct OperatorText: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    package let text: String

    init(_ text: String) {
        self.text = text
    }

    package var description: String { "…" }
    package var debugDescription: String { "…" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// A message of the source code, so without data.
package struct StaticMessage: Sendable, Equatable, ExpressibleByStringLiteral, CustomStringConvertible {
    package let description: String

    package init(stringLiteral value: StaticString) {
        self.description = value.description
    }
}

/// Where and why a value could not be read.
package struct DecodingFailure: Sendable, Equatable, CustomStringConvertible {
    /// The reasons; none holds data.
    package enum Reason: Error, Sendable, Equatable, CustomStringConvertible {
        case unexpectedNull
        case wrongType(expected: StaticMessage, found: PostgresType)
        case malformed
        case outOfRange
        case noSuchColumn
        case noSuchRow

        package var description: String {
            switch self {
            case .unexpectedNull: "unexpected null"
            case .wrongType(let expected, let found): "expected \(expected), found type \(found.oid)"
            case .malformed: "malformed value"
            case .outOfRange: "value out of range"
            case .noSuchColumn: "no such column"
            case .noSuchRow: "no such row"
            }
        }
    }

    package let row: Int
    package let column: Int
    package let columnName: String
    package let reason: Reason

    package var description: String { "row \(row), column \(column) (\(columnName)): \(reason)" }
}
