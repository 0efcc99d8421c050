import PostgresClient

/// Uses a ticket up.
enum UseTicket {
    static func statement(hash: [UInt8]) -> Statement {
        Statement("UseTicket", "UPDATE otp_ticket SET used_at = now() WHERE hash = \(Parameter.bytes(hash))")
    }
}
