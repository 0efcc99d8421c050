import HTTPTypes
import Shared

/// The header Idempotency-Key of a request.
enum IdempotencyKey {
    /// - Throws: `invalid` for one that is not of 1 to 255 bytes.
    static func key(_ headers: RequestFields) throws(Fault) -> String? {
        guard let key = headers[.idempotencyKey] else { return nil }
        guard !key.isEmpty else { throw .invalid("Idempotency-Key", .blank) }
        guard key.utf8.count <= 255 else { throw .invalid("Idempotency-Key", .tooLong, limit: "255") }
        return key
    }
}
