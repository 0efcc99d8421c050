import PostgresClient
import Shared

/// A write under a client's key: its answer is kept for seven days and given again to whoever repeats the request.
struct IdempotentRequest: Sendable {
    let key: String
    let author: Author
    /// What the key is given for; the same key for something else is another.
    let route: String
    /// SHA-256 of the body.
    let bodyHash: [UInt8]
    let deadline: ContinuousClock.Instant

    /// An answer as it is kept beside its key.
    struct Kept: Sendable {
        var status: UInt16
        var answer: [UInt8]
    }

    /// What is kept under the key; nil when it is new, and now this transaction's. Waits for another one that has it.
    ///
    /// - Throws: `idempotencyConflict` when the key was given with another body.
    func claim(_ transaction: borrowing PostgresTransaction) async throws -> Kept? {
        let claimed = try await transaction.query(
            ClaimIdempotencyKey.statement(key: key, principal: author.text, route: route, bodyHash: bodyHash),
            deadline: deadline
        )
        if !claimed.isEmpty { return nil }
        let rows = try await transaction.query(
            ReadIdempotencyKey.statement(key: key, principal: author.text, route: route, bodyHash: bodyHash),
            deadline: deadline
        )
        guard let row = rows.first, try row.value(0), let status = try row.optional(1, as: Int.self) else {
            throw Fault(code: .idempotencyConflict)
        }
        return Kept(status: UInt16(clamping: status), answer: try row.value(2, as: PostgresBytes.self).bytes)
    }

    /// Keeps an answer under the key, which is claimed.
    func keeping(_ kept: Kept) -> Statement {
        StoreIdempotentAnswer.statement(
            key: key,
            principal: author.text,
            route: route,
            status: Int16(clamping: kept.status),
            answer: kept.answer
        )
    }

    /// Keeps an answer in place of the one that is kept, unless another one has taken that place.
    func keeping(_ kept: Kept, insteadOf former: Kept) -> Statement {
        ReplaceIdempotentAnswer.statement(
            key: key, principal: author.text, route: route, former: former.answer, answer: kept.answer)
    }
}
