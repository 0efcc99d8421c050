/// PostgreSQL's five-character error code.
package struct SQLState: Hashable, Sendable {
    package let code: String

    /// A code as the server sends it.
    package init(code: String) {
        self.code = code
    }

    package static let featureNotSupported = SQLState(code: "0A000")
    package static let notNullViolation = SQLState(code: "23502")
    package static let foreignKeyViolation = SQLState(code: "23503")
    package static let uniqueViolation = SQLState(code: "23505")
    package static let checkViolation = SQLState(code: "23514")
    package static let exclusionViolation = SQLState(code: "23P01")
    package static let inFailedTransaction = SQLState(code: "25P02")
    package static let idleInTransactionTimeout = SQLState(code: "25P03")
    package static let readOnlyTransaction = SQLState(code: "25006")
    package static let noSuchStatement = SQLState(code: "26000")
    package static let invalidAuthorization = SQLState(code: "28000")
    package static let invalidPassword = SQLState(code: "28P01")
    package static let noSuchDatabase = SQLState(code: "3D000")
    package static let serializationFailure = SQLState(code: "40001")
    package static let deadlockDetected = SQLState(code: "40P01")
    package static let insufficientPrivilege = SQLState(code: "42501")
    package static let syntaxError = SQLState(code: "42601")
    package static let undefinedTable = SQLState(code: "42P01")
    package static let diskFull = SQLState(code: "53100")
    package static let outOfMemory = SQLState(code: "53200")
    package static let tooManyConnections = SQLState(code: "53300")
    package static let lockNotAvailable = SQLState(code: "55P03")
    package static let queryCanceled = SQLState(code: "57014")
    package static let adminShutdown = SQLState(code: "57P01")
    package static let crashShutdown = SQLState(code: "57P02")
    package static let cannotConnectNow = SQLState(code: "57P03")
    package static let databaseDropped = SQLState(code: "57P04")
}

extension SQLState {
    /// The code in a verbose message of libpq, as in `FATAL:  53300: sorry, too many clients already`.
    ///
    /// libpq has no other way to tell the code of a refused connection; the words are translated, the code is not.
    init?(inVerboseMessage message: String) {
        let bytes = Array(message.utf8)
        func isCode(_ byte: UInt8) -> Bool {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
        }
        let colon = UInt8(ascii: ":")
        let space = UInt8(ascii: " ")
        var start = 0
        while start + 9 <= bytes.count {
            if bytes[start] == colon, bytes[start + 1] == space, bytes[start + 2] == space, bytes[start + 8] == colon,
                bytes[(start + 3)..<(start + 8)].allSatisfy(isCode)
            {
                self.init(code: String(decoding: bytes[(start + 3)..<(start + 8)], as: UTF8.self))
                return
            }
            start += 1
        }
        return nil
    }

    /// What the code means when a connection attempt or a live connection ends with it; nil for an ordinary error.
    var unavailability: Unavailability.Reason? {
        switch self {
        case .tooManyConnections: .tooManyConnections
        case .adminShutdown, .crashShutdown, .databaseDropped: .shuttingDown
        case .cannotConnectNow: .startingUp
        case .idleInTransactionTimeout: .connectionLost
        default: nil
        }
    }
}
