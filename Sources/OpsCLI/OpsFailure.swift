import Identity
import PostgresClient

/// Why a verb could not be done, in words for the operator; names the flag or file where there is one.
struct OpsFailure: Error, Hashable, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }

    /// Words for any error; the operator may see what PostgreSQL said.
    static func describe(_ error: any Error) -> String {
        guard let postgres = error as? PostgresError else { return String(describing: error) }
        let detail = postgres.operatorDetail.map { ": " + trimmed($0) } ?? ""
        return postgres.description + detail
    }

    private static func trimmed(_ text: String) -> String {
        var text = Substring(text)
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }
}
