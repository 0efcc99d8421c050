import PostgresClient

/// Spends one try of a ticket, and gives the hash of the code sent for it. No row: it cannot be tried.
enum TryTicket {
    static func statement(hash: [UInt8]) -> Statement {
        Statement(
            "TryTicket",
            """
            UPDATE otp_ticket SET tries_left = tries_left - 1
            WHERE hash = \(Parameter.bytes(hash)) AND tries_left > 0 AND used_at IS NULL AND expires_at > now()
            RETURNING sms_code_hash
            """
        )
    }
}
