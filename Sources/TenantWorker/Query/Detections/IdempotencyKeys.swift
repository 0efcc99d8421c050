import PostgresClient
import Shared

/// Takes an idempotency key for this transaction; waits for another one that holds it. No row: it was taken before.
enum ClaimIdempotencyKey {
    static func statement(key: String, principal: String, route: String, bodyHash: [UInt8]) -> Statement {
        Statement(
            "ClaimIdempotencyKey",
            """
            INSERT INTO idempotency_key (key, principal, route, body_hash)
            VALUES (\(key), \(principal), \(route), \(Parameter.bytes(bodyHash)))
            ON CONFLICT (principal, route, key) DO UPDATE
                SET body_hash = excluded.body_hash, status = NULL, answer = NULL, created_at = now()
                WHERE idempotency_key.created_at < now() - interval '7 days'
            RETURNING key
            """
        )
    }
}

/// The answer that was given under an idempotency key, and whether it was to the same body.
enum ReadIdempotencyKey {
    static func statement(key: String, principal: String, route: String, bodyHash: [UInt8]) -> Statement {
        Statement(
            "ReadIdempotencyKey",
            """
            SELECT body_hash = \(Parameter.bytes(bodyHash)), status, answer FROM idempotency_key
            WHERE key = \(key) AND principal = \(principal) AND route = \(route)
            """,
            idempotent: true
        )
    }
}

/// Keeps the answer given under an idempotency key.
enum StoreIdempotentAnswer {
    static func statement(key: String, principal: String, route: String, status: Int16, answer: [UInt8]) -> Statement {
        Statement(
            "StoreIdempotentAnswer",
            """
            UPDATE idempotency_key SET status = \(status), answer = \(Parameter.bytes(answer))
            WHERE key = \(key) AND principal = \(principal) AND route = \(route)
            """
        )
    }
}

/// Keeps another answer under an idempotency key, if the one kept is still the former.
enum ReplaceIdempotentAnswer {
    static func statement(
        key: String, principal: String, route: String, former: [UInt8], answer: [UInt8]
    ) -> Statement {
        Statement(
            "ReplaceIdempotentAnswer",
            """
            UPDATE idempotency_key SET answer = \(Parameter.bytes(answer))
            WHERE key = \(key) AND principal = \(principal) AND route = \(route)
                AND answer = \(Parameter.bytes(former))
            """
        )
    }
}
